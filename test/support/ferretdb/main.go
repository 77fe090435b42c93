// A MongoDB-compatible server for tests: FerretDB with its SQLite backend, embedded the way its package documents.
//
// Usage: ferretdb <folder>. Listens on a free port of the loopback interface, prints its address as one line on standard
// output, and runs until SIGTERM, SIGINT or the end of standard input, so that it does not outlive who started it.
//
// The program that FerretDB ships (cmd/ferretdb) cannot be used from the module proxy: it panics without a version.txt
// that only its own build makes.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: ferretdb <folder>")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Handler:   "sqlite",
		// What a test server loses with its machine is nobody's loss, and a sync costs each update about 10 ms.
		SQLiteURL: "file:" + os.Args[1] + "/?_pragma=synchronous(off)",
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	go func() {
		fmt.Println(server.MongoDBURI())
		<-ctx.Done()
		// Connections of a client that is gone are not worth waiting for.
		time.Sleep(2 * time.Second)
		os.Exit(0)
	}()
	if err := server.Run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
