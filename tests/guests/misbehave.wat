;; Misbehaves on request, by the first letter of the question; any other is answered with itself.
;;   l  loops for ever            u  executes `unreachable`     r  recurses without end
;;   g  grows its memory by 4 GiB less a page, and answers "-" if refused with -1, "+" if granted
;;   m  grows its memory as far, and executes `unreachable` if refused, as most allocators do
;;   t  the same with a table, by 200,000 elements
;;   o  reads outside its memory  s  answers with bytes outside its memory
;;   e  returns the error "no"    x  returns an error that is not UTF-8
;;   n  answers none, and never later
(component
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
    (import "env" "memory" (memory $m 1))
    (table $t 1 funcref)
    (data (i32.const 16) "no")
    (data (i32.const 20) "\ff\fe")
    (data (i32.const 24) "-+")
    ;; The state that came in, and no more, as the result at 64.
    (func (export "init") (param $some i32) (param $at i32) (param $size i32) (param i32 i32) (result i32)
      (i32.store (i32.const 64) (i32.const 0))
      (i32.store (i32.const 68) (local.get $some))
      (i32.store (i32.const 72) (local.get $at))
      (i32.store (i32.const 76) (local.get $size))
      (i32.const 64))
    (func $deeper (param $n i32) (result i32)
      (i32.add (call $deeper (i32.add (local.get $n) (i32.const 1))) (local.get $n)))
    (func (export "handle-request") (param $some i32) (param $at i32) (param $size i32)
      (param $id i32) (param $id_size i32) (param $ask i32) (param $ask_size i32) (result i32)
      (local $what i32)
      (local.set $what (i32.load8_u (local.get $ask)))
      (i32.store (i32.const 64) (i32.const 0))
      (i32.store (i32.const 68) (local.get $some))
      (i32.store (i32.const 72) (local.get $at))
      (i32.store (i32.const 76) (local.get $size))
      (i32.store (i32.const 80) (i32.const 1))
      (i32.store (i32.const 84) (local.get $ask))
      (i32.store (i32.const 88) (local.get $ask_size))
      (if (i32.eq (local.get $what) (i32.const 108)) (then (loop $for_ever (br $for_ever))))
      (if (i32.eq (local.get $what) (i32.const 117)) (then (unreachable)))
      (if (i32.eq (local.get $what) (i32.const 114)) (then (drop (call $deeper (i32.const 0)))))
      (if (i32.eq (local.get $what) (i32.const 111)) (then (drop (i32.load (i32.const 0x7fffffff)))))
      (if (i32.eq (local.get $what) (i32.const 103)) (then
        (i32.store (i32.const 84)
          (i32.add (i32.const 24) (i32.ne (memory.grow (i32.const 65519)) (i32.const -1))))
        (i32.store (i32.const 88) (i32.const 1))))
      (if (i32.eq (local.get $what) (i32.const 109)) (then
        (if (i32.eq (memory.grow (i32.const 65519)) (i32.const -1)) (then (unreachable)))))
      (if (i32.eq (local.get $what) (i32.const 116)) (then
        (if (i32.eq (table.grow $t (ref.null func) (i32.const 200000)) (i32.const -1)) (then (unreachable)))))
      (if (i32.eq (local.get $what) (i32.const 115)) (then
        (i32.store (i32.const 84) (i32.const 0x7fffffff))))
      (if (i32.eq (local.get $what) (i32.const 101)) (then
        (i32.store (i32.const 64) (i32.const 1))
        (i32.store (i32.const 68) (i32.const 16))
        (i32.store (i32.const 72) (i32.const 2))))
      (if (i32.eq (local.get $what) (i32.const 120)) (then
        (i32.store (i32.const 64) (i32.const 1))
        (i32.store (i32.const 68) (i32.const 20))
        (i32.store (i32.const 72) (i32.const 2))))
      (if (i32.eq (local.get $what) (i32.const 110)) (then (i32.store (i32.const 80) (i32.const 0))))
      (i32.const 64)))
  (core instance $main (instantiate $main (with "env" (instance (export "memory" (memory $memory))))))
  (type $init (func (param "state" (option (list u8))) (param "params" (tuple string))
    (result (result (tuple (option (list u8))) (error string)))))
  (type $handle-request (func (param "state" (option (list u8))) (param "params" (tuple string (list u8)))
    (result (result (tuple (option (list u8)) (tuple (option (list u8)))) (error string)))))
  (func $init (type $init)
    (canon lift (core func $main "init") (memory $memory) (realloc $realloc)))
  (func $handle-request (type $handle-request)
    (canon lift (core func $main "handle-request") (memory $memory) (realloc $realloc)))
  (instance $actor (export "init" (func $init)))
  (export "theater:simple/actor" (instance $actor))
  (instance $client (export "handle-request" (func $handle-request)))
  (export "theater:simple/message-server-client" (instance $client))
)
