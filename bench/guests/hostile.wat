;; The attackers of bench/hostile_bench.cc. The first octet of the state says which attack it is; the id of a
;; peer (32 digits) follows, and the manifest of what it spawns.
;;
;; `init` sends the actor itself a message, and that is where the attack begins:
;;   l  loops for ever                          r  recurses without end
;;   f  sends the peer messages, for ever       p  logs texts of 4 KiB, for ever
;;   s  spawns children, for ever               i  the same with children whose `init` fails
;;   q  makes requests to itself, for ever      a  makes requests to its peer, for ever
;;   t  traps                                   m  grows memory and tables as far as it may, and traps
;;   g  makes its state 4 MiB, changes it, and sends itself the next message
;;   d  nothing
;; `init` fails if the state begins with an e. A request is passed on to the peer, and answered when that has failed.
;; Those that go on for ever record the metrics `done` and `refused` after their first and every 16th attempt.
(component
  (import "theater:simple/runtime" (instance $runtime
    (export "log" (func (param "msg" string)))
    (export "record-metric" (func (param "name" string) (param "value" f64)
      (result (result (error string)))))))
  (import "theater:simple/message-server-host" (instance $host
    (export "send" (func (param "actor-id" string) (param "msg" (list u8))
      (result (result (error string)))))
    (export "request" (func (param "actor-id" string) (param "msg" (list u8))
      (result (result (list u8) (error string)))))))
  (import "theater:simple/supervisor" (instance $supervisor
    (export "spawn" (func (param "manifest" string) (param "init-bytes" (option (list u8)))
      (result (result string (error string)))))))
  ;; A bump pointer, put back after each call, and by whoever makes many calls of the host in one.
  (core module $memory_module
    (memory (export "memory") 2)
    (global $top (export "top") (mut i32) (i32.const 16384))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $p i32)
      (local.set $p (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.set $top (i32.add (local.get $p) (local.get 3)))
      (block $enough
        (br_if $enough (i32.le_u (global.get $top) (i32.shl (memory.size) (i32.const 16))))
        (br_if $enough (i32.ne (i32.const -1) (memory.grow (i32.add (i32.const 1)
          (i32.shr_u (i32.sub (global.get $top) (i32.shl (memory.size) (i32.const 16)))
            (i32.const 16))))))
        (unreachable))
      (local.get $p))
    (func (export "post") (param i32) (global.set $top (i32.const 16384))))
  (core instance $m (instantiate $memory_module))
  (alias core export $m "memory" (core memory $memory))
  (alias core export $m "realloc" (core func $realloc))
  (alias core export $m "post" (core func $post))
  (core func $log (canon lower (func $runtime "log") (memory $memory) (realloc $realloc)))
  (core func $metric (canon lower (func $runtime "record-metric") (memory $memory) (realloc $realloc)))
  (core func $send (canon lower (func $host "send") (memory $memory) (realloc $realloc)))
  (core func $request (canon lower (func $host "request") (memory $memory) (realloc $realloc)))
  (core func $spawn (canon lower (func $supervisor "spawn") (memory $memory) (realloc $realloc)))
  (core module $code_module
    (import "m" "memory" (memory 2))
    (import "m" "top" (global $top (mut i32)))
    (import "m" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
    (import "host" "log" (func $log (param i32 i32)))
    (import "host" "metric" (func $metric (param i32 i32 f64 i32)))
    (import "host" "send" (func $send (param i32 i32 i32 i32 i32)))
    (import "host" "request" (func $request (param i32 i32 i32 i32 i32)))
    (import "host" "spawn" (func $spawn (param i32 i32 i32 i32 i32 i32)))
    (table $grows 1 funcref)
    ;; 64: the result of an export; 96: that of an import; 128: this actor's id;
    ;; 160: attempts that went well, 168: that were refused
    (data (i32.const 192) "done")
    (data (i32.const 200) "refused")
    (data (i32.const 208) "e")
    (data (i32.const 209) "d")

    (func $tell
      (call $metric (i32.const 192) (i32.const 4) (f64.convert_i64_u (i64.load (i32.const 160)))
        (i32.const 112))
      (call $metric (i32.const 200) (i32.const 7) (f64.convert_i64_u (i64.load (i32.const 168)))
        (i32.const 112)))
    ;; Counts what the result at 96 says.
    (func $count (local $at i32)
      (local.set $at (select (i32.const 168) (i32.const 160) (i32.load8_u (i32.const 96))))
      (i64.store (local.get $at) (i64.add (i64.load (local.get $at)) (i64.const 1)))
      (if (i64.eq (i64.const 1) (i64.and (i64.const 15)
            (i64.add (i64.load (i32.const 160)) (i64.load (i32.const 168)))))
        (then (call $tell))))
    (func $deeper (param $n i32) (result i32)
      (i32.add (call $deeper (i32.add (local.get $n) (i32.const 1))) (local.get $n)))
    (func $grow (local $at i32)
      (loop $more
        (local.set $at (i32.shl (memory.size) (i32.const 16)))
        (if (i32.ne (memory.grow (i32.const 16)) (i32.const -1)) (then
          (memory.fill (local.get $at) (i32.const 1) (i32.const 0x100000))
          (br $more))))
      (loop $more
        (br_if $more (i32.ne (i32.const -1) (table.grow $grows (ref.null func) (i32.const 1000)))))
      (unreachable))
    (func $once (param $what i32) (param $state i32) (param $size i32)
      (i32.store8 (i32.const 96) (i32.const 0))
      (if (i32.eq (local.get $what) (i32.const 102)) (then
        (call $send (i32.add (local.get $state) (i32.const 1)) (i32.const 32) (i32.const 1024)
          (i32.const 64) (i32.const 96))))
      (if (i32.eq (local.get $what) (i32.const 112)) (then
        (call $log (i32.const 1024) (i32.const 4096))))
      (if (i32.or (i32.eq (local.get $what) (i32.const 115)) (i32.eq (local.get $what) (i32.const 105)))
        (then (call $spawn (i32.add (local.get $state) (i32.const 33))
          (i32.sub (local.get $size) (i32.const 33)) (i32.const 1)
          (select (i32.const 208) (i32.const 209) (i32.eq (local.get $what) (i32.const 105)))
          (i32.const 1) (i32.const 96))))
      (if (i32.eq (local.get $what) (i32.const 113)) (then
        (call $request (i32.const 128) (i32.const 32) (i32.const 1024) (i32.const 64) (i32.const 96))))
      (if (i32.eq (local.get $what) (i32.const 97)) (then
        (call $request (i32.add (local.get $state) (i32.const 1)) (i32.const 32) (i32.const 1024)
          (i32.const 64) (i32.const 96))))
      (call $count))
    ;; The size of the state from here on.
    (func $attack (param $state i32) (param $size i32) (result i32) (local $what i32) (local $mark i32)
      (local.set $what (i32.load8_u (local.get $state)))
      (if (i32.eq (local.get $what) (i32.const 100)) (then (return (local.get $size))))
      (if (i32.eq (local.get $what) (i32.const 108)) (then (loop $for_ever (br $for_ever))))
      (if (i32.eq (local.get $what) (i32.const 114)) (then (drop (call $deeper (i32.const 0)))))
      (if (i32.eq (local.get $what) (i32.const 116)) (then (unreachable)))
      (if (i32.eq (local.get $what) (i32.const 109)) (then (call $grow)))
      (if (i32.eq (local.get $what) (i32.const 103)) (then
        ;; Room for what the state lacks, right behind it or behind what came after it.
        (if (i32.lt_u (local.get $size) (i32.const 0x400000)) (then
          (drop (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 0x400000)))))
        (i64.store offset=64 (local.get $state)
          (i64.add (i64.load offset=64 (local.get $state)) (i64.const 1)))
        (call $send (i32.const 128) (i32.const 32) (i32.const 1024) (i32.const 1) (i32.const 96))
        (call $count)
        (return (i32.const 0x400000))))
      (local.set $mark (global.get $top))
      (loop $for_ever
        (call $once (local.get $what) (local.get $state) (local.get $size))
        (global.set $top (local.get $mark))
        (br $for_ever))
      (unreachable))

    ;; ok, with the state
    (func $keep (param $some i32) (param $state i32) (param $size i32) (result i32)
      (i32.store (i32.const 64) (i32.const 0))
      (i32.store (i32.const 68) (local.get $some))
      (i32.store (i32.const 72) (local.get $state))
      (i32.store (i32.const 76) (local.get $size))
      (i32.store (i32.const 80) (i32.const 0))
      (i32.const 64))
    (func (export "init") (param $some i32) (param $state i32) (param $size i32) (param $id i32) (param i32)
      (result i32)
      (memory.fill (i32.const 1024) (i32.const 46) (i32.const 4096))
      (memory.copy (i32.const 128) (local.get $id) (i32.const 32))
      (if (i32.eq (i32.load8_u (local.get $state)) (i32.const 101)) (then
        (i32.store (i32.const 64) (i32.const 1))
        (i32.store (i32.const 68) (i32.const 200))
        (i32.store (i32.const 72) (i32.const 7))
        (return (i32.const 64))))
      (if (i32.ne (i32.load8_u (local.get $state)) (i32.const 100)) (then
        (call $send (i32.const 128) (i32.const 32) (i32.const 1024) (i32.const 1) (i32.const 96))))
      (call $keep (local.get $some) (local.get $state) (local.get $size)))
    (func (export "send") (param $some i32) (param $state i32) (param $size i32) (param i32 i32)
      (result i32)
      (call $keep (local.get $some) (local.get $state)
        (call $attack (local.get $state) (local.get $size))))
    (func (export "request") (param $some i32) (param $state i32) (param $size i32) (param i32 i32)
      (param $message i32) (param $length i32) (result i32)
      (call $request (i32.add (local.get $state) (i32.const 1)) (i32.const 32) (local.get $message)
        (local.get $length) (i32.const 96))
      (drop (call $keep (local.get $some) (local.get $state) (local.get $size)))
      (i32.store (i32.const 80) (i32.const 1))
      (i32.store (i32.const 84) (local.get $message))
      (i32.store (i32.const 88) (local.get $length))
      (i32.const 64)))
  (core instance $i (instantiate $code_module
    (with "m" (instance $m))
    (with "host" (instance
      (export "log" (func $log))
      (export "metric" (func $metric))
      (export "send" (func $send))
      (export "request" (func $request))
      (export "spawn" (func $spawn))))))
  (type $bytes (list u8))
  (type $state (option $bytes))
  (type $kept (result (tuple $state) (error string)))
  (type $answered (result (tuple $state (tuple (option $bytes))) (error string)))
  (func $init (param "state" $state) (param "params" (tuple string)) (result $kept)
    (canon lift (core func $i "init") (memory $memory) (realloc $realloc) (post-return $post)))
  (func $handle_send (param "state" $state) (param "params" (tuple $bytes)) (result $kept)
    (canon lift (core func $i "send") (memory $memory) (realloc $realloc) (post-return $post)))
  (func $handle_request (param "state" $state) (param "params" (tuple string $bytes)) (result $answered)
    (canon lift (core func $i "request") (memory $memory) (realloc $realloc) (post-return $post)))
  (instance $actor (export "init" (func $init)))
  (instance $client
    (export "handle-send" (func $handle_send))
    (export "handle-request" (func $handle_request)))
  (export "theater:simple/actor" (instance $actor))
  (export "theater:simple/message-server-client" (instance $client)))
