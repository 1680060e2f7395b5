// SPDX-License-Identifier: MPL-2.0

package bridge

import "time"

// adminPatience bounds a command that makes many requests of the Admin API; each
// of them has cmd-timeout.
const adminPatience = 30 * time.Second

// silenceLimit is how long a call may receive nothing before it ends with
// MEDIA_TIMEOUT; the AudioBridge's mixer sends all the time.
const silenceLimit = 30 * time.Second

// controlPatience is how much longer than cmd-timeout a control waits for a
// call that is busy with something else.
const controlPatience = time.Second

// databasePatience is how long the load of the module waits for the database: a
// FreeSWITCH that boots must not hang at one that does not answer.
const databasePatience = 3 * time.Second

// databaseLimit is how long `janus reload` waits for it.
const databaseLimit = 10 * time.Second

// wordPatience is how long a call whose participant has gone waits for the event
// that says why. Answers may overtake events: over REST those come by a poll.
const wordPatience = 2 * time.Second

// iceRetry is the pause before an offer is sent again to a Janus that cannot
// gather candidates yet.
const iceRetry = 250 * time.Millisecond

// restartPause is the shortest time between two ICE restarts of a call.
const restartPause = 5 * time.Second

// emptyCheck is the pause between two looks at whether a room that is to be
// destroyed is empty, while others than our legs are in it.
const emptyCheck = 5 * time.Second

// breath is the pause before a server that has panicked is served again.
const breath = time.Second

// strayQuiet is for how long nothing must have happened at a server before its
// session is renewed.
const strayQuiet = 2 * time.Second

// digitTimeout is how long a key that may be the beginning of a longer sequence
// waits for the next one, as mod_conference's ivr-dtmf-timeout does.
const digitTimeout = 500 * time.Millisecond

const (
	// archivePatience is how long a recording that is over may take to be whole.
	archivePatience = 30 * time.Second
	// archiveSoon is how much of that an unload waits for.
	archiveSoon = 2 * time.Second
	// localPatience is for a file that nobody writes to any more.
	localPatience = 2 * time.Second
	// sessionTimeout is Janus's own, until it has told.
	sessionTimeout = time.Minute
	// archiveCheck is the pause between two looks at a room that is recorded and
	// that no leg of ours is in.
	archiveCheck = 5 * time.Second
)

const (
	// publicAddrTTL is how long a found address is taken for true, and
	// publicAddrPause how long nobody is asked again after a failure.
	publicAddrTTL   = time.Minute
	publicAddrPause = 15 * time.Second
	// publicAddrLimit bounds asking. Where there is an address from before a call
	// waits no longer than publicAddrBrief for a newer one.
	publicAddrLimit = 3 * time.Second
	publicAddrBrief = 500 * time.Millisecond
)

// rejoinPause is the mean pause before another try of a rejoin.
const rejoinPause = 500 * time.Millisecond

const (
	// connectPatience is how long a call waits for a server that is down, counted
	// from when it went down; then one more attempt decides.
	connectPatience = 10 * time.Second
	// reconnectFirst and reconnectMost bound the pause between attempts to connect.
	reconnectFirst = 100 * time.Millisecond
	reconnectMost  = 5 * time.Second
	// farewell bounds what is said to Janus at the end of a call or session.
	farewell = 3 * time.Second
)

const (
	// tokenTTL is the lifetime of a call's signed token, longestTokenTTL its limit.
	tokenTTL        = 2 * time.Hour
	longestTokenTTL = 24 * time.Hour
	// answerTimeout is how long an answer is held back for another participant.
	answerTimeout = 10 * time.Second
	// rejoinTimeout is how long a call waits for its Janus to be back.
	rejoinTimeout = 30 * time.Second
	// requestTokenTTL is the lifetime of the signed token on requests and
	// polls, which is made anew at half of it: a call of any length outlives it.
	requestTokenTTL = 5 * time.Minute
)
