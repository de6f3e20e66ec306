package server

import "net/http"

// Server answers requests.
type Server struct {
	mux *http.ServeMux
}

// New makes a server.
func New() *Server {
	return &Server{mux: http.NewServeMux()}
}

// Handle adds a handler for a path. The path must begin with a slash; the handler is called for it and for all
// paths below it, and a handler that was there before is replaced.
func (s *Server) Handle(path string, handler http.Handler) {
	if path == "" || path[0] != '/' {
		panic("server: a path begins with a slash")
	}
	s.mux.Handle(path, handler)
}
