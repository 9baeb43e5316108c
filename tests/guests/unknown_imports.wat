;; Imports functions that no node has: a slip of `theater:simple/runtime`, and an interface of its own.
(component
  (import "theater:simple/runtme" (instance $runtime (export "log" (func (param "msg" string)))))
  (import "acme:tools/oracle" (instance $oracle (export "ask" (func (param "what" string) (result string)))))
  ;; Memory and its allocator: a bump pointer that is put back by nobody, so that a guest serves a few
  ;; hundred calls.
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
  (core module $main
    (import "env" "memory" (memory 1))
    ;; The state that came in, and no more, as the result at 64.
    (func (export "init") (param $some i32) (param $at i32) (param $size i32) (param i32 i32) (result i32)
      (i32.store (i32.const 64) (i32.const 0))
      (i32.store (i32.const 68) (local.get $some))
      (i32.store (i32.const 72) (local.get $at))
      (i32.store (i32.const 76) (local.get $size))
      (i32.const 64))
  )
  (core instance $main (instantiate $main (with "env" (instance (export "memory" (memory $memory))))))
  (type $init (func (param "state" (option (list u8))) (param "params" (tuple string))
    (result (result (tuple (option (list u8))) (error string)))))
  (func $init (type $init)
    (canon lift (core func $main "init") (memory $memory) (realloc $realloc)))
  (instance $actor (export "init" (func $init)))
  (export "theater:simple/actor" (instance $actor))
)
