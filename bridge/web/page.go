// SPDX-License-Identifier: MPL-2.0

package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"sync"
)

// page is the live page as browsers get it. What is in vendor/ is of others, with their licences.
//
//go:embed page
var page embed.FS

// pageTag changes whenever the page does.
var pageTag = sync.OnceValue(func() string {
	sum := sha256.New()
	_ = fs.WalkDir(page, ".", func(path string, entry fs.DirEntry, _ error) error {
		if !entry.IsDir() {
			text, _ := page.ReadFile(path) // what is embedded can be read
			sum.Write(text)
		}
		return nil
	})
	return `"` + hex.EncodeToString(sum.Sum(nil)[:12]) + `"`
})

// servePage has the page served: a browser asks each time whether it has changed.
func (w *Web) servePage() {
	files := http.FileServerFS(page)
	serve := func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Cache-Control", "no-cache")
		rw.Header().Set("ETag", pageTag())
		files.ServeHTTP(rw, r)
	}
	w.Handle("GET /page/{file...}", View, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if file := r.PathValue("file"); file == "" || file == "vendor/" {
			http.NotFound(rw, r) // no folder is listed
			return
		}
		serve(rw, r)
	}))
	w.Handle("GET /{$}", View, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		index := r.Clone(r.Context())
		index.URL.Path = "/page/"
		serve(rw, index)
	}))
}
