;; The actor of the actor benchmarks. Its state is the id of its peer (32 digits) and a counter of 64 bits.
;;
;; A message is 64 octets: a number (u64), an order (u8, at 8), and an id (32 digits, at 16). Orders:
;;   0 hop       the number is 0: answer the request that is open, if there is one;
;;               else: pass the message on to the peer, with a number that is one less
;;   1 flood     send the peer as many of order 2 as the number says, then one of order 3
;;   2 count     add one to the counter
;;   3 retrieve  send the peer a hop of 0
;;   4 ask       make as many requests of order 5 to the peer, one by one, as the number says;
;;               then answer the request that is open
;;   5 echo      (request only) answer with the message, at once
;;   6 spin      for ever
;;   7 greet     send the peer an 8 with this actor's own id
;;   8 greeting  send a hop of 0 to the id in the message
;; A request of any order but 5 stays open until a hop of 0 arrives. A call that fails traps.
(component
  (import "theater:simple/message-server-host" (instance $host
    (export "send" (func (param "actor-id" string) (param "msg" (list u8))
      (result (result (error string)))))
    (export "request" (func (param "actor-id" string) (param "msg" (list u8))
      (result (result (list u8) (error string)))))
    (export "respond-to-request" (func (param "request-id" string) (param "response" (list u8))
      (result (result (error string)))))))
  (core module $memory_module
    (memory (export "memory") 1)
    (global $top (export "top") (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $p i32)
      (local.set $p (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.set $top (i32.add (local.get $p) (local.get 3)))
      (local.get $p))
    (func (export "post") (param i32) (global.set $top (i32.const 4096))))
  (core instance $m (instantiate $memory_module))
  (alias core export $m "memory" (core memory $memory))
  (alias core export $m "realloc" (core func $realloc))
  (alias core export $m "post" (core func $post))
  (alias export $host "send" (func $send))
  (alias export $host "request" (func $request))
  (alias export $host "respond-to-request" (func $respond))
  (core func $send (canon lower (func $send) (memory $memory) (realloc $realloc)))
  (core func $request (canon lower (func $request) (memory $memory) (realloc $realloc)))
  (core func $respond (canon lower (func $respond) (memory $memory) (realloc $realloc)))
  (core module $code_module
    (import "m" "memory" (memory 1))
    (import "m" "top" (global $top (mut i32)))
    (import "host" "send" (func $host_send (param i32 i32 i32 i32 i32)))
    (import "host" "request" (func $host_request (param i32 i32 i32 i32 i32)))
    (import "host" "respond" (func $host_respond (param i32 i32 i32 i32 i32)))
    ;; 64: the result of an export; 96: that of an import; 128: this actor's id;
    ;; 160: length of the open request's id, 0 if none is open; 192: that id

    (func $check (if (i32.load8_u (i32.const 96)) (then (unreachable))))
    (func $send (param $to i32) (param $message i32)
      (call $host_send (local.get $to) (i32.const 32) (local.get $message) (i32.const 64) (i32.const 96))
      (call $check))
    (func $answer (param $message i32)
      (if (i32.load (i32.const 160))
        (then
          (call $host_respond (i32.const 192) (i32.load (i32.const 160)) (local.get $message)
            (i32.const 64) (i32.const 96))
          (call $check)
          (i32.store (i32.const 160) (i32.const 0)))))
    (func $set (param $message i32) (param $number i64) (param $order i32)
      (i64.store (local.get $message) (local.get $number))
      (i32.store8 offset=8 (local.get $message) (local.get $order)))

    (func $hop (param $peer i32) (param $message i32) (local $number i64)
      (local.set $number (i64.load (local.get $message)))
      (if (i64.eqz (local.get $number))
        (then (call $answer (local.get $message)))
        (else
          (i64.store (local.get $message) (i64.sub (local.get $number) (i64.const 1)))
          (call $send (local.get $peer) (local.get $message)))))
    (func $flood (param $peer i32) (param $message i32) (local $left i64)
      (local.set $left (i64.load (local.get $message)))
      (i32.store8 offset=8 (local.get $message) (i32.const 2))
      (loop $next
        (call $send (local.get $peer) (local.get $message))
        (local.set $left (i64.sub (local.get $left) (i64.const 1)))
        (br_if $next (i64.ne (local.get $left) (i64.const 0))))
      (i32.store8 offset=8 (local.get $message) (i32.const 3))
      (call $send (local.get $peer) (local.get $message)))
    (func $ask (param $peer i32) (param $message i32) (local $left i64) (local $mark i32)
      (local.set $left (i64.load (local.get $message)))
      (local.set $mark (global.get $top))
      (i32.store8 offset=8 (local.get $message) (i32.const 5))
      (loop $next
        (call $host_request (local.get $peer) (i32.const 32) (local.get $message) (i32.const 64)
          (i32.const 96))
        (call $check)
        (global.set $top (local.get $mark))
        (local.set $left (i64.sub (local.get $left) (i64.const 1)))
        (br_if $next (i64.ne (local.get $left) (i64.const 0))))
      (call $answer (local.get $message)))

    ;; $state: the peer and the counter
    (func $take (param $state i32) (param $message i32) (param $size i32)
      (if (i32.ne (local.get $size) (i32.const 64)) (then (unreachable)))
      (block $greeting (block $greet (block $spin (block $ask (block $retrieve (block $count
        (block $flood (block $hop (block $none
          (br_table $hop $flood $count $retrieve $ask $none $spin $greet $greeting $none
            (i32.load8_u offset=8 (local.get $message))))
          (unreachable))
          (return (call $hop (local.get $state) (local.get $message))))
          (return (call $flood (local.get $state) (local.get $message))))
          (i64.store offset=32 (local.get $state)
            (i64.add (i64.load offset=32 (local.get $state)) (i64.const 1)))
          (return))
          (call $set (local.get $message) (i64.load offset=32 (local.get $state)) (i32.const 0))
          (i64.store (local.get $message) (i64.const 0))
          (return (call $send (local.get $state) (local.get $message))))
          (return (call $ask (local.get $state) (local.get $message))))
        (loop $for_ever (br $for_ever)))
        (memory.copy (i32.add (local.get $message) (i32.const 16)) (i32.const 128) (i32.const 32))
        (call $set (local.get $message) (i64.const 0) (i32.const 8))
        (return (call $send (local.get $state) (local.get $message))))
      (call $set (local.get $message) (i64.const 0) (i32.const 0))
      (call $send (i32.add (local.get $message) (i32.const 16)) (local.get $message)))

    ;; ok, with the state, and nothing after it
    (func $keep (param $some i32) (param $state i32) (param $size i32) (result i32)
      (i32.store (i32.const 64) (i32.const 0))
      (i32.store (i32.const 68) (local.get $some))
      (i32.store (i32.const 72) (local.get $state))
      (i32.store (i32.const 76) (local.get $size))
      (i32.store (i32.const 80) (i32.const 0))
      (i32.const 64))
    (func (export "init") (param $some i32) (param $state i32) (param $size i32) (param $id i32) (param i32)
      (result i32)
      (memory.copy (i32.const 128) (local.get $id) (i32.const 32))
      (call $keep (local.get $some) (local.get $state) (local.get $size)))
    (func (export "send") (param $some i32) (param $state i32) (param $size i32) (param $message i32)
      (param $length i32) (result i32)
      (call $take (local.get $state) (local.get $message) (local.get $length))
      (call $keep (local.get $some) (local.get $state) (local.get $size)))
    (func (export "request") (param $some i32) (param $state i32) (param $size i32) (param $id i32)
      (param $id_length i32) (param $message i32) (param $length i32) (result i32)
      (if (i32.eq (i32.load8_u offset=8 (local.get $message)) (i32.const 5))
        (then
          (drop (call $keep (local.get $some) (local.get $state) (local.get $size)))
          (i32.store (i32.const 80) (i32.const 1))
          (i32.store (i32.const 84) (local.get $message))
          (i32.store (i32.const 88) (local.get $length))
          (return (i32.const 64))))
      (i32.store (i32.const 160) (local.get $id_length))
      (memory.copy (i32.const 192) (local.get $id) (local.get $id_length))
      (call $take (local.get $state) (local.get $message) (local.get $length))
      (call $keep (local.get $some) (local.get $state) (local.get $size))))
  (core instance $i (instantiate $code_module
    (with "m" (instance $m))
    (with "host" (instance
      (export "send" (func $send))
      (export "request" (func $request))
      (export "respond" (func $respond))))))
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
