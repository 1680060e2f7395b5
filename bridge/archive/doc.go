// SPDX-License-Identifier: MPL-2.0

// Package archive keeps account of recordings, as the audioroom plugin does: it
// names the file of each from a pattern, and writes a job file for each that is
// finished, for whoever transcribes, stores or mails it.
//
// What it promises: a job file is whole, names a recording that is whole, and
// there is one for a recording, never two, whenever the process is killed.
//
// How it keeps that: a recording begins with its job file, complete but for its
// name. Open files are called .open-<uid> and lie in the folder of the job files; they
// are the journal. When the recording is finished, has been looked at and is on
// disk, its entry is renamed to the name of the job. That is one step of the file
// system: before it there is an entry and no job, after it a job and no entry, and
// nobody who moves jobs away meanwhile can make it happen twice. Entries of a
// process that has been killed are found by [Archive.Recover]; those of a living
// one are locked (flock), so that two switches may share the folders.
//
// A recording of Janus's own format may be converted before that step, by Janus's program
// janus-pp-rec: the entry is replaced by one that names the result. A conversion that is broken off
// is begun again by whoever recovers the entry.
//
// Nothing here knows Janus's API or a switch; who records tells when it is over.
package archive
