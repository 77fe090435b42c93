// Confirms with code that is not Countersign's what Countersign proves: a signed checkpoint, an inclusion proof and a consistency
// proof, read as JSON from standard input. Prints "confirmed", or says what does not hold and ends with 1.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"encoding/base64"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
)

type input struct {
	VerifierKey string `json:"verifierKey"`
	Note        string `json:"note"`
	Inclusion   struct {
		Leaf   []byte   `json:"leaf"`
		Index  uint64   `json:"index"`
		Size   uint64   `json:"size"`
		Hashes [][]byte `json:"hashes"`
		Root   []byte   `json:"root"`
	} `json:"inclusion"`
	Consistency struct {
		From     uint64   `json:"from"`
		To       uint64   `json:"to"`
		FromRoot []byte   `json:"fromRoot"`
		ToRoot   []byte   `json:"toRoot"`
		Hashes   [][]byte `json:"hashes"`
	} `json:"consistency"`
}

func main() {
	if err := confirm(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("confirmed")
}

func confirm() error {
	var in input
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		return err
	}
	size, root, err := checkpoint(in.Note, in.VerifierKey)
	if err != nil {
		return fmt.Errorf("note: %w", err)
	}
	one := in.Inclusion
	if size != one.Size || root != string(one.Root) {
		return fmt.Errorf("the inclusion proof is about another tree than the note")
	}
	leaf := rfc6962.DefaultHasher.HashLeaf(one.Leaf)
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, one.Index, one.Size, leaf, one.Hashes, one.Root); err != nil {
		return fmt.Errorf("inclusion: %w", err)
	}
	two := in.Consistency
	if err := proof.VerifyConsistency(rfc6962.DefaultHasher, two.From, two.To, two.Hashes, two.FromRoot, two.ToRoot); err != nil {
		return fmt.Errorf("consistency: %w", err)
	}
	return nil
}

// checkpoint opens a note with the verifier key and answers the size and root that it is about (c2sp.org/tlog-checkpoint).
func checkpoint(text, key string) (uint64, string, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return 0, "", err
	}
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return 0, "", err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return 0, "", fmt.Errorf("is no checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseUint(lines[1], 10, 64)
	if err != nil {
		return 0, "", err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	return size, string(root), err
}
