;; Has children. A request begins with a letter, which says what to do with the rest:
;;   s<manifest>   spawns a child and answers with its id, or why there is none
;;   f<manifest>   the same with the initial state `fail`
;;   t<id>         stops a child and answers `stopped`, or why it did not
;;   n             answers how many children there are, which must be below ten
;; `init` fails if the initial state begins with an f. A message spawns as `s` does.
(component
  (import "theater:simple/supervisor" (instance $supervisor
    (export "spawn" (func (param "manifest" string) (param "init-bytes" (option (list u8)))
      (result (result string (error string)))))
    (export "stop-child" (func (param "child-id" string) (result (result (error string)))))
    (export "list-children" (func (result (list string))))))
  ;; Memory and its allocator: a bump pointer that is put back by nobody.
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
  (core func $spawn (canon lower (func $supervisor "spawn") (memory $memory) (realloc $realloc)))
  (core func $stop (canon lower (func $supervisor "stop-child") (memory $memory) (realloc $realloc)))
  (core func $list (canon lower (func $supervisor "list-children") (memory $memory) (realloc $realloc)))
  (core module $main
    (import "env" "memory" (memory 1))
    (import "env" "spawn" (func $spawn (param i32 i32 i32 i32 i32 i32)))
    (import "env" "stop" (func $stop (param i32 i32 i32)))
    (import "env" "list" (func $list (param i32)))
    (data (i32.const 16) "fail")
    (data (i32.const 32) "stopped")
    (data (i32.const 48) "told to fail")
    ;; Keeps the state, in an answer at 64.
    (func $keep (param $some i32) (param $at i32) (param $size i32)
      (i32.store (i32.const 64) (i32.const 0))
      (i32.store (i32.const 68) (local.get $some))
      (i32.store (i32.const 72) (local.get $at))
      (i32.store (i32.const 76) (local.get $size)))
    ;; Answers with a text, beside the state.
    (func $say (param $at i32) (param $size i32)
      (i32.store (i32.const 80) (i32.const 1))
      (i32.store (i32.const 84) (local.get $at))
      (i32.store (i32.const 88) (local.get $size)))
    (func (export "init") (param $some i32) (param $at i32) (param $size i32) (param i32 i32) (result i32)
      (if (local.get $some) (then (if (local.get $size) (then
        (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 102)) (then
          (i32.store (i32.const 64) (i32.const 1))
          (i32.store (i32.const 68) (i32.const 48))
          (i32.store (i32.const 72) (i32.const 12))
          (return (i32.const 64))))))))
      (call $keep (local.get $some) (local.get $at) (local.get $size))
      (i32.const 64))
    (func (export "handle-send") (param $some i32) (param $at i32) (param $size i32)
      (param $text i32) (param $text_size i32) (result i32)
      (call $spawn (local.get $text) (local.get $text_size) (i32.const 0) (i32.const 0) (i32.const 0)
        (i32.const 128))
      (call $keep (local.get $some) (local.get $at) (local.get $size))
      (i32.const 64))
    (func (export "handle-request") (param $some i32) (param $at i32) (param $size i32)
      (param i32 i32) (param $text i32) (param $text_size i32) (result i32)
      (local $verb i32)
      (local.set $verb (i32.load8_u (local.get $text)))
      (local.set $text (i32.add (local.get $text) (i32.const 1)))
      (local.set $text_size (i32.sub (local.get $text_size) (i32.const 1)))
      ;; What is called writes its result at 128: a tag, then a text at 132.
      (if (i32.or (i32.eq (local.get $verb) (i32.const 115)) (i32.eq (local.get $verb) (i32.const 102)))
        (then
          (call $spawn (local.get $text) (local.get $text_size)
            (i32.eq (local.get $verb) (i32.const 102)) (i32.const 16) (i32.const 4) (i32.const 128))
          (call $say (i32.load (i32.const 132)) (i32.load (i32.const 136)))))
      (if (i32.eq (local.get $verb) (i32.const 116)) (then
        (call $stop (local.get $text) (local.get $text_size) (i32.const 128))
        (if (i32.load8_u (i32.const 128))
          (then (call $say (i32.load (i32.const 132)) (i32.load (i32.const 136))))
          (else (call $say (i32.const 32) (i32.const 7))))))
      (if (i32.eq (local.get $verb) (i32.const 110)) (then
        (call $list (i32.const 128))
        (i32.store8 (i32.const 160) (i32.add (i32.load (i32.const 132)) (i32.const 48)))
        (call $say (i32.const 160) (i32.const 1))))
      (call $keep (local.get $some) (local.get $at) (local.get $size))
      (i32.const 64)))
  (core instance $main (instantiate $main (with "env" (instance
    (export "memory" (memory $memory)) (export "spawn" (func $spawn)) (export "stop" (func $stop))
    (export "list" (func $list))))))
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
  (instance $client (export "handle-send" (func $handle-send)) (export "handle-request" (func $handle-request)))
  (export "theater:simple/actor" (instance $actor))
  (export "theater:simple/message-server-client" (instance $client)))
