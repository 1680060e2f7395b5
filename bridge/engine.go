// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"mod_janus/bridge/background"
	"mod_janus/bridge/call"
	"mod_janus/bridge/config"
	"mod_janus/bridge/console"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/bridge/metrics"
	"mod_janus/bridge/pool"
	"mod_janus/bridge/pool/discover"
	"mod_janus/bridge/server"
	"mod_janus/bridge/web"
)

// Engine is the module while it is loaded.
type Engine struct {
	host    host.Host
	log     hclog.Logger
	media   *media.Engine
	started time.Time
	debug   atomic.Bool
	dialled atomic.Uint64 // calls ever
	legs    atomic.Int64  // that exist
	public  publicAddrs

	congestion congestion
	heap       *heap

	controls  atomic.Pointer[config.ControlGroups] // of the keypad
	sounds    atomic.Pointer[map[string]string]    // prompts, as set
	archiving archiving
	reporting reporting
	metrics   *metrics.Metrics
	pods      atomic.Pointer[discover.Watcher] // of the C module's params; nil: they are not set

	ctx      context.Context // of everything below; cancelled at the end of Stop
	cancel   context.CancelFunc
	stopping atomic.Bool
	work     *background.Group // servers and calls

	env       *server.Env // of the servers
	poolEnv   *pool.Env
	naming    sync.Once
	named     string // this load of the module, for the stores of pools
	console   *console.Console
	web       *web.Web
	callEnv   *call.Env
	farewells background.Tally // of calls and rooms, for which the sessions are needed

	reloading    sync.Mutex            // one reload at a time; guards what follows
	reloaded     bool                  // since the module was loaded
	fromDatabase []config.ServerConfig // as read last
	queries      map[config.Database]*query
	base         config.Config         // as applied last, without the servers that were found in the DNS
	discoveries  map[string]*discovery // by the names of their pools; "" for pods

	databaseLimit time.Duration // how long a reload waits for the database

	mu      sync.Mutex
	servers []*server.Server // in the order of the configuration
	pools   []*pool.Pool     // likewise
	calls   map[uint64]*call.Call
	idle    chan struct{} // closed while there is no call
}

// Start reads the configuration and connects the enabled servers in the
// background. A configuration that is missing or wrong is logged and does not
// keep the engine from starting; the error is for what does: no certificate.
func Start(to host.Host) (*Engine, error) {
	hub := web.NewHub(to)
	to = hub
	log := host.NewLogger(to)
	mediaEngine, err := media.NewEngine(media.EngineConfig{Logger: log.Named("media"), OnPanic: background.Panicked})
	if err != nil {
		return nil, fmt.Errorf("cannot set up media: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	e := &Engine{
		host: to, log: log, work: background.NewGroup(to), media: mediaEngine, started: time.Now(),
		ctx: ctx, cancel: cancel, calls: make(map[uint64]*call.Call), idle: make(chan struct{}), databaseLimit: config.DatabaseReloadLimit,
		discoveries: make(map[string]*discovery),
	}
	close(e.idle)
	e.heap = newHeap()
	e.congestion = congestion{host: to, late: mediaEngine.Late}
	e.public = publicAddrs{ctx: ctx, host: to, work: e.work}
	e.metrics = e.newMetrics()
	e.reporting = reporting{ctx: ctx, host: to, work: e.work}
	e.archiving = archiving{ctx: ctx, host: to, work: e.work, farewells: &e.farewells, server: e.server, converters: make(chan struct{}, config.ConvertAtOnce), over: e.metrics.Recording}
	e.env = &server.Env{
		Context: ctx, Host: to, Log: log, UserAgent: userAgent(), Work: e.work, Farewells: &e.farewells, Archive: &e.archiving, Metrics: e.metrics,
		Debug: e.debug.Load, Legs: e.legsOf, Current: e.server, Resolver: connectResolver, Strange: e.strange,
	}
	e.env.RoomGone = e.roomGone
	e.poolEnv = &pool.Env{Context: ctx, Host: to, Work: e.work, Server: e.server, Legs: e.legsOfPool, Metrics: e.metrics}
	e.callEnv = &call.Env{
		Context: ctx, Host: to, Work: e.work, Farewells: &e.farewells, Archive: &e.archiving, NewLeg: mediaEngine.NewLeg,
		Controls: func() config.ControlGroups { return *e.controls.Load() }, Sound: e.sound, PublicAddr: e.public.advertised, Report: e.reporting.report,
		SettingUp: e.heap.settingUp, Ended: func() { e.legs.Add(-1) }, Freed: e.remove,
	}
	e.console = console.New(&console.Env{
		Host: to, Servers: e.currentServers, Server: e.serverNamed, Pools: e.currentPools, Pool: e.poolNamed, PoolOf: e.poolOf,
		Calls: e.snapshot, Reload: e.reload, Debug: e.debug.Store, Versions: e.versions, Convert: e.archiving.convertPath,
		Metrics: e.metrics.Text,
		Totals: func() console.Totals {
			return console.Totals{Dialled: e.dialled.Load(), Legs: e.legs.Load(), Started: e.started}
		},
	})
	e.web = web.New(&web.Env{
		Context: ctx, Host: to, Work: e.work, Hub: hub, Version: version(), Alive: func() { e.snapshot() }, Unready: e.unready,
		Console: e.console, Calls: e.snapshot, Servers: e.currentServers,
	})
	e.serveMetrics()
	e.controls.Store(&config.ControlGroups{"default": config.BuiltInControls})
	e.warnOfSwitch()
	e.configure()
	return e, nil
}

// configure reads the configuration and starts its servers.
func (e *Engine) configure() {
	cfg, err := e.readConfig(false)
	if err != nil {
		e.logf(host.LevelError, "No configuration, no server: %s", err)
		return
	}
	if cfg.Database.DSN != "" {
		e.applyWithDatabase(cfg)
		return
	}
	e.reloading.Lock()
	defer e.reloading.Unlock()
	e.apply(cfg)
}

// Stop hangs up every leg, waits until the host has freed them all and every
// farewell is said, or limit has passed, and ends everything. It returns how
// many calls the host still holds.
func (e *Engine) Stop(limit time.Duration) int {
	e.stopping.Store(true)
	e.web.Unload()
	patience, done := context.WithTimeout(context.Background(), limit)
	defer done()
	for _, c := range e.snapshot() {
		c.End(failure.New(host.CauseNormalClearing, "the module is being unloaded"))
	}
	e.mu.Lock()
	idle := e.idle
	e.mu.Unlock()
	select {
	case <-idle:
	case <-patience.Done():
	}
	e.farewells.Wait(patience.Done())
	e.web.Close()
	e.cancel()
	e.work.Wait()
	e.heap.close()
	if err := e.media.Close(); err != nil {
		e.logf(host.LevelError, "Closing the media loops: %s", err)
	}
	return len(e.snapshot())
}

// snapshot returns the calls there are, oldest first.
func (e *Engine) snapshot() []*call.Call {
	e.mu.Lock()
	defer e.mu.Unlock()
	calls := make([]*call.Call, 0, len(e.calls))
	for _, c := range e.calls {
		calls = append(calls, c)
	}
	slices.SortFunc(calls, func(a, b *call.Call) int { return int(int64(a.Handle()) - int64(b.Handle())) })
	return calls
}

// legsOf are the legs of a server, oldest first.
func (e *Engine) legsOf(s *server.Server) (legs []server.Leg) {
	for _, c := range e.snapshot() {
		if c.Server() == s {
			legs = append(legs, c)
		}
	}
	return legs
}

// Call returns the call with this handle, or nil.
func (e *Engine) Call(handle uint64) *call.Call {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.calls[handle]
}

func (e *Engine) add(c *call.Call) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.calls) == 0 {
		e.idle = make(chan struct{})
	}
	e.calls[c.Handle()] = c
}

func (e *Engine) remove(c *call.Call) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.calls, c.Handle())
	if len(e.calls) == 0 {
		close(e.idle)
	}
}

func (e *Engine) server(name string) *server.Server {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.servers {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// serverNamed is server for a name that somebody has typed.
func (e *Engine) serverNamed(name string) (*server.Server, error) {
	s := e.server(name)
	if s == nil {
		return nil, fmt.Errorf("no server %q is configured", name)
	}
	return s, nil
}

// currentServers are those of the configuration, in its order.
func (e *Engine) currentServers() []*server.Server {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.servers)
}

// Dial checks a dial request and enters the call, without waiting. On failure
// there is no call, Release is not called, and the cause says why; the log and
// the A-leg's janus_hangup_reason say it in words.
func (e *Engine) Dial(req *call.Request) (*call.Call, host.Cause) {
	dial, p, s, err := e.check(req)
	if err != nil {
		why := failure.Of(err)
		if s != nil {
			s.Metrics.Refused(why.Cause)
		}
		if req.AUUID != "" {
			_ = e.host.SetVariable(req.AUUID, host.VarHangupReason, why.Reason)
		}
		e.host.Log(req.AUUID, host.LevelNotice, fmt.Sprintf("Janus call refused [%s]: %s", why.Cause, why.Reason))
		return nil, why.Cause
	}
	c := call.New(e.callEnv, callPool(p), s, dial, req)
	e.dialled.Add(1)
	e.legs.Add(1)
	s.Legs.Began()
	if !c.Seeks() {
		s.Metrics.Began(c)
	}
	e.add(c)
	return c, host.CauseNone
}

func (e *Engine) check(req *call.Request) (config.DialString, *pool.Pool, *server.Server, error) {
	if e.stopping.Load() {
		return config.DialString{}, nil, nil, failure.New(host.CauseDestinationOutOfOrder, "the module is being unloaded")
	}
	dial, err := req.DialString()
	if err != nil {
		return dial, nil, nil, err
	}
	p, s, err := e.destination(&dial, req)
	if err != nil {
		return dial, nil, s, err
	}
	return dial, p, s, e.congestion.check()
}

// destination is the pool, if any, and the server that a dial string names.
func (e *Engine) destination(dial *config.DialString, req *call.Request) (*pool.Pool, *server.Server, error) {
	if p := e.poolNamed(dial.Server); p != nil {
		s, err := p.First(*dial)
		return p, s, err
	}
	s, err := e.serverNamed(dial.Server)
	if err != nil {
		if s = e.awaited(dial.Server, req); s != nil {
			return nil, s, nil
		}
		return nil, nil, failure.New(host.CauseNoRouteDestination, err.Error())
	}
	if !s.Enabled() {
		return nil, s, failure.New(host.CauseOutgoingCallBarred, fmt.Sprintf("server %q is disabled", dial.Server))
	}
	*dial, err = s.RoomNamed(*dial)
	return nil, s, err
}

// callPool is a pool as a call takes it.
func callPool(p *pool.Pool) call.Pool {
	if p == nil {
		return nil
	}
	return p
}

// sound is the setting of a prompt; "none" is silence.
func (e *Engine) sound(name string) string {
	if set := e.sounds.Load(); set != nil {
		if value, there := (*set)[name]; there {
			return value
		}
	}
	return config.Sounds[name]
}

func (e *Engine) logf(level host.Level, format string, args ...any) {
	e.host.Log("", level, fmt.Sprintf(format, args...))
}
