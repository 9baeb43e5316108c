;; The two actors of a conversation, told apart by their state.
;;
;; An agent's state begins with the id of a model (32 digits). It adds each question to its history, asks the model
;; with the whole of it, adds the answer, and passes the answer on. A model has no state, and always says the same.
;; An agent's history has room for 2 MiB. A call that fails traps.
(component
  (import "theater:simple/message-server-host" (instance $host
    (export "request" (func (param "actor-id" string) (param "msg" (list u8))
      (result (result (list u8) (error string)))))))
  ;; A bump pointer below the history, put back after each call.
  (core module $memory_module
    (memory (export "memory") 64)
    (global $top (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $p i32)
      (local.set $p (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.set $top (i32.add (local.get $p) (local.get 3)))
      (if (i32.gt_u (global.get $top) (i32.const 0x200000)) (then (unreachable)))
      (local.get $p))
    (func (export "post") (param i32) (global.set $top (i32.const 4096))))
  (core instance $m (instantiate $memory_module))
  (alias core export $m "memory" (core memory $memory))
  (alias core export $m "realloc" (core func $realloc))
  (alias core export $m "post" (core func $post))
  (alias export $host "request" (func $request))
  (core func $request (canon lower (func $request) (memory $memory) (realloc $realloc)))
  (core module $code_module
    (import "m" "memory" (memory 64))
    (import "host" "request" (func $host_request (param i32 i32 i32 i32 i32)))
    ;; 64: the result of an export; 96: that of an import; 1024: what a model says; 0x200000: the history
    (data (i32.const 1024) "That is noted. Which part of it comes first, and who has to know?\n")
    (global $said (mut i32) (i32.const 0))

    (func $add (param $text i32) (param $size i32)
      (memory.copy (i32.add (i32.const 0x200000) (global.get $said)) (local.get $text) (local.get $size))
      (global.set $said (i32.add (global.get $said) (local.get $size))))
    ;; ok, with the state as it came, and no answer
    (func $keep (param $some i32) (param $state i32) (param $size i32)
      (i32.store (i32.const 64) (i32.const 0))
      (i32.store (i32.const 68) (local.get $some))
      (i32.store (i32.const 72) (local.get $state))
      (i32.store (i32.const 76) (local.get $size))
      (i32.store (i32.const 80) (i32.const 0)))
    (func $answer (param $text i32) (param $size i32)
      (i32.store (i32.const 80) (i32.const 1))
      (i32.store (i32.const 84) (local.get $text))
      (i32.store (i32.const 88) (local.get $size)))

    (func (export "init") (param $some i32) (param $state i32) (param $size i32) (param i32 i32)
      (result i32)
      (call $keep (local.get $some) (local.get $state) (local.get $size))
      (i32.const 64))
    (func (export "request") (param $some i32) (param $state i32) (param $size i32) (param i32 i32)
      (param $question i32) (param $length i32) (result i32)
      (call $keep (local.get $some) (local.get $state) (local.get $size))
      (if (local.get $some)
        (then
          (call $add (local.get $question) (local.get $length))
          (call $host_request (local.get $state) (i32.const 32) (i32.const 0x200000) (global.get $said)
            (i32.const 96))
          (if (i32.load8_u (i32.const 96)) (then (unreachable)))
          (call $add (i32.load (i32.const 100)) (i32.load (i32.const 104)))
          (call $answer (i32.load (i32.const 100)) (i32.load (i32.const 104))))
        (else (call $answer (i32.const 1024) (i32.const 66))))
      (i32.const 64)))
  (core instance $i (instantiate $code_module
    (with "m" (instance $m))
    (with "host" (instance (export "request" (func $request))))))
  (type $bytes (list u8))
  (type $state (option $bytes))
  (type $kept (result (tuple $state) (error string)))
  (type $answered (result (tuple $state (tuple (option $bytes))) (error string)))
  (func $init (param "state" $state) (param "params" (tuple string)) (result $kept)
    (canon lift (core func $i "init") (memory $memory) (realloc $realloc) (post-return $post)))
  (func $handle_request (param "state" $state) (param "params" (tuple string $bytes)) (result $answered)
    (canon lift (core func $i "request") (memory $memory) (realloc $realloc) (post-return $post)))
  (instance $actor (export "init" (func $init)))
  (instance $client (export "handle-request" (func $handle_request)))
  (export "theater:simple/actor" (instance $actor))
  (export "theater:simple/message-server-client" (instance $client)))
