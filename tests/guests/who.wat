;; Says which party calls: "actor <id>", "client <name>", "client", "runtime" or "none".
;;   init            keeps the initial state, or without one the caller
;;   handle-send     keeps the caller as state
;;   handle-request  by the first letter of the request:
;;     w  answers the caller    k  the state
;;     p  asks the actor whose id is the state, which is a JSON string, for its caller; answers what it
;;        gets, a comma, a blank, and its own caller, which it looks up only then
(component
  (import "theater:messages/callers" (instance $callers
    (type $caller (variant (case "actor" string) (case "client" (option string)) (case "runtime")))
    (export "caller" (type $exported (eq $caller)))
    (export "get-caller" (func (result (option $exported))))))
  (import "theater:simple/message-server-host" (instance $host
    (export "request" (func (param "actor-id" string) (param "msg" (list u8))
      (result (result (list u8) (error string)))))))
  ;; Memory and its allocator: a bump pointer that never goes back, so that a guest serves a few hundred
  ;; calls.
  (core module $memory
    (memory (export "memory") 16)
    (global $next (mut i32) (i32.const 4096))
    (func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32)
      (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $at) (local.get $size)))
      (local.get $at)))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $memory))
  (alias core export $memory "realloc" (core func $realloc))
  (core func $get_caller (canon lower (func $callers "get-caller") (memory $memory) (realloc $realloc)))
  (core func $request (canon lower (func $host "request") (memory $memory) (realloc $realloc)))
  (core module $main
    (import "env" "memory" (memory 1))
    (import "env" "get-caller" (func $get_caller (param i32)))
    (import "env" "request" (func $request (param i32 i32 i32 i32 i32)))
    (data (i32.const 16) "actor client runtime none, w")
    ;; Adds bytes at $to and returns the place behind them.
    (func $add (param $to i32) (param $at i32) (param $size i32) (result i32)
      (memory.copy (local.get $to) (local.get $at) (local.get $size))
      (i32.add (local.get $to) (local.get $size)))
    ;; Adds the caller, whose value is put at 128: the option's case there, the variant's at 132, and
    ;; its payload from 136.
    (func $add_caller (param $to i32) (result i32)
      (call $get_caller (i32.const 128))
      (if (i32.eqz (i32.load8_u (i32.const 128))) (then
        (return (call $add (local.get $to) (i32.const 37) (i32.const 4)))))
      (if (i32.eq (i32.load8_u (i32.const 132)) (i32.const 2)) (then
        (return (call $add (local.get $to) (i32.const 29) (i32.const 7)))))
      (if (i32.eqz (i32.load8_u (i32.const 132))) (then
        (local.set $to (call $add (local.get $to) (i32.const 16) (i32.const 6)))
        (return (call $add (local.get $to) (i32.load (i32.const 136)) (i32.load (i32.const 140))))))
      (local.set $to (call $add (local.get $to) (i32.const 22) (i32.const 6)))
      (if (i32.eqz (i32.load8_u (i32.const 136))) (then (return (local.get $to))))
      (local.set $to (call $add (local.get $to) (i32.const 28) (i32.const 1)))
      (call $add (local.get $to) (i32.load (i32.const 140)) (i32.load (i32.const 144))))
    ;; ok((some(bytes),)) at 64.
    (func $keep (param $at i32) (param $size i32) (result i32)
      (i32.store (i32.const 64) (i32.const 0))
      (i32.store (i32.const 68) (i32.const 1))
      (i32.store (i32.const 72) (local.get $at))
      (i32.store (i32.const 76) (local.get $size))
      (i32.const 64))
    (func $keep_caller (result i32)
      (call $keep (i32.const 1024)
        (i32.sub (call $add_caller (i32.const 1024)) (i32.const 1024))))
    (func (export "init") (param $some i32) (param $at i32) (param $size i32) (param i32 i32) (result i32)
      (if (local.get $some) (then (return (call $keep (local.get $at) (local.get $size)))))
      (call $keep_caller))
    (func (export "handle-send") (param i32 i32 i32 i32 i32) (result i32)
      (call $keep_caller))
    (func (export "handle-request") (param $some i32) (param $at i32) (param $size i32)
      (param $id i32) (param $id_size i32) (param $ask i32) (param $ask_size i32) (result i32)
      (local $what i32) (local $end i32)
      (local.set $what (i32.load8_u (local.get $ask)))
      (drop (call $keep (local.get $at) (local.get $size)))
      (i32.store (i32.const 80) (i32.const 1))
      (i32.store (i32.const 84) (local.get $at))
      (i32.store (i32.const 88) (local.get $size))
      (if (i32.eq (local.get $what) (i32.const 107)) (then (return (i32.const 64))))
      (local.set $end (i32.const 1024))
      (if (i32.eq (local.get $what) (i32.const 112)) (then
        (call $request (i32.add (local.get $at) (i32.const 1)) (i32.const 32) (i32.const 43) (i32.const 1)
          (i32.const 160))
        (local.set $end
          (call $add (local.get $end) (i32.load (i32.const 164)) (i32.load (i32.const 168))))
        (local.set $end (call $add (local.get $end) (i32.const 41) (i32.const 2)))))
      (local.set $end (call $add_caller (local.get $end)))
      (i32.store (i32.const 84) (i32.const 1024))
      (i32.store (i32.const 88) (i32.sub (local.get $end) (i32.const 1024)))
      (i32.const 64)))
  (core instance $main (instantiate $main (with "env" (instance
    (export "memory" (memory $memory)) (export "get-caller" (func $get_caller))
    (export "request" (func $request))))))
  (type $init (func (param "state" (option (list u8))) (param "params" (tuple string))
    (result (result (tuple (option (list u8))) (error string)))))
  (type $handle-send (func (param "state" (option (list u8))) (param "params" (tuple (list u8)))
    (result (result (tuple (option (list u8))) (error string)))))
  (type $handle-request (func (param "state" (option (list u8))) (param "params" (tuple string (list u8)))
    (result (result (tuple (option (list u8)) (tuple (option (list u8)))) (error string)))))
  (func $init (type $init)
    (canon lift (core func $main "init") (memory $memory) (realloc $realloc)))
  (func $handle-send (type $handle-send)
    (canon lift (core func $main "handle-send") (memory $memory) (realloc $realloc)))
  (func $handle-request (type $handle-request)
    (canon lift (core func $main "handle-request") (memory $memory) (realloc $realloc)))
  (instance $actor (export "init" (func $init)))
  (export "theater:simple/actor" (instance $actor))
  (instance $client (export "handle-send" (func $handle-send))
    (export "handle-request" (func $handle-request)))
  (export "theater:simple/message-server-client" (instance $client))
)
