// Checks what a log of Theater hands out with Go's checksum database libraries, golang.org/x/mod/sumdb:
// the key, the signed checkpoints, inclusion and consistency proofs, and the tiles.
//
// Reads one JSON object (type input) from standard input, prints what was checked, and exits with 1 at the
// first thing that is not accepted, or that is accepted although it is wrong.
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type input struct {
	Log         string  // The folder that holds tile/.
	Key         string  // As `theater log key` prints it.
	Old         string  // A checkpoint.
	New         string  // A later one, that the tiles are of.
	Consistency string  // As `theater log checkpoint --since` prints it.
	Events      []event // Some.
}

type event struct {
	Bytes string // In hexadecimal.
	Proof string // As `theater log proof` prints it.
}

func fail(format string, args ...any) {
	fmt.Printf("FAILED: "+format+"\n", args...)
	os.Exit(1)
}

func must(err error, doing string) {
	if err != nil {
		fail("%s: %v", doing, err)
	}
}

// The tree of a checkpoint that is signed by the key. tlog parses trees of the checksum database only, so
// that the origin is exchanged for its name.
func open(message string, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open([]byte(message), note.VerifierList(verifier))
	must(err, "opening the note")
	lines := strings.SplitN(opened.Text, "\n", 2)
	if lines[0] != verifier.Name() {
		fail("the origin is %q, the key's name %q", lines[0], verifier.Name())
	}
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + lines[1]))
	must(err, "reading the checkpoint")
	return tree
}

// The number in the first line of a proof, its hashes, and the note after the empty line.
func parseProof(text, word string) (int64, []tlog.Hash, string) {
	parts := strings.SplitN(text, "\n\n", 2)
	if len(parts) != 2 {
		fail("no empty line in a proof")
	}
	lines := strings.Split(parts[0], "\n")
	var number int64
	if _, err := fmt.Sscanf(lines[0], word+" %d", &number); err != nil {
		fail("a proof begins with %q: %v", lines[0], err)
	}
	var hashes []tlog.Hash
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		must(err, "reading a hash of a proof")
		hashes = append(hashes, hash)
	}
	return number, hashes, parts[1]
}

// Tiles as C2SP tlog-tiles lays them out: tlog's own paths have the height in them, "tile/8/0/001".
type tiles struct{ folder string }

func (tiles) Height() int { return 8 }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.folder, filepath.FromSlash(path)))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func same(a, b []tlog.Hash) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func checkEvents(in input, tree tlog.Tree, hashes tlog.HashReader) {
	for _, event := range in.Events {
		record, err := hex.DecodeString(event.Bytes)
		must(err, "reading the bytes of an event")
		const first = "c2sp.org/tlog-proof@v1\n"
		if !strings.HasPrefix(event.Proof, first) {
			fail("a proof begins otherwise")
		}
		index, proof, message := parseProof(strings.TrimPrefix(event.Proof, first), "index")
		if message != in.New {
			fail("the proof of event %d has another checkpoint", index)
		}
		leaf := tlog.RecordHash(record)
		must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf), "an inclusion proof")
		if tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(append(record, 0))) == nil {
			fail("a changed event is accepted")
		}
		own, err := tlog.ProveRecord(tree.N, index, hashes)
		must(err, "proving an event from the tiles")
		if !same(own, proof) {
			fail("the proof of event %d is not the one that the tiles give", index)
		}
	}
	fmt.Printf("%d inclusion proofs\n", len(in.Events))
}

func checkConsistency(in input, old, tree tlog.Tree, hashes tlog.HashReader) {
	size, proof, message := parseProof(in.Consistency, "old")
	if size != old.N || message != in.New {
		fail("the consistency proof is between other checkpoints")
	}
	must(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash), "the consistency proof")
	if tlog.CheckTree(proof, tree.N, tree.Hash, old.N, tree.Hash) == nil {
		fail("a consistency proof from another tree is accepted")
	}
	own, err := tlog.ProveTree(tree.N, old.N, hashes)
	must(err, "proving the consistency from the tiles")
	if !same(own, proof) {
		fail("the consistency proof is not the one that the tiles give")
	}
	fmt.Printf("consistency from %d to %d\n", old.N, tree.N)
}

func main() {
	var in input
	must(json.NewDecoder(os.Stdin).Decode(&in), "reading the input")
	verifier, err := note.NewVerifier(in.Key)
	must(err, "reading the key")
	old, tree := open(in.Old, verifier), open(in.New, verifier)
	changed := strings.Replace(in.New, fmt.Sprintf("\n%d\n", tree.N), fmt.Sprintf("\n%d\n", tree.N+1), 1)
	if _, err := note.Open([]byte(changed), note.VerifierList(verifier)); err == nil {
		fail("a changed checkpoint is accepted")
	}
	fmt.Printf("checkpoints of %d and %d\n", old.N, tree.N)

	hashes := tlog.TileHashReader(tree, tiles{in.Log})
	root, err := tlog.TreeHash(tree.N, hashes)
	must(err, "reading the tiles")
	if root != tree.Hash {
		fail("the tiles come to another root")
	}
	fmt.Println("tiles")
	checkEvents(in, tree, hashes)
	checkConsistency(in, old, tree, hashes)
}
