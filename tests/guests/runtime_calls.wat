;; Calls functions of the runtime interface, by the first letter of the request:
;;   i  answers its actor id    n  its name    v  Theater's version    s  the data of its last event
;;   l  logs the question at level "warn"; answers "ok", or the error of the host
;;   L  the same at level "loud", which does not exist
;;   m  records a metric of that name, value 1.5    e  records an event of that type, with data
;;   E  records an event without a type; answers the error
;;   d  asks for its own shutdown with the data "bye", and answers "ok"
(component
  (import "theater:simple/runtime" (instance $runtime
    (export "log" (func (param "level" string) (param "message" string) (result (result (error string)))))
    (export "get-state" (func (result (list u8))))
    (export "shutdown" (func (param "data" (option (list u8))) (result (result (error string)))))
    (export "get-actor-id" (func (result string)))
    (export "get-actor-name" (func (result string)))
    (export "get-current-time" (func (result u64)))
    (export "record-metric" (func (param "name" string) (param "value" f64)
      (result (result (error string)))))
    (export "record-event" (func (param "event-type" string) (param "data" (list u8))
      (result (result (error string)))))
    (export "get-theater-version" (func (result string)))))
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
  (core func $log (canon lower (func $runtime "log") (memory $memory) (realloc $realloc)))
  (core func $get_state (canon lower (func $runtime "get-state") (memory $memory) (realloc $realloc)))
  (core func $shutdown (canon lower (func $runtime "shutdown") (memory $memory) (realloc $realloc)))
  (core func $get_actor_id (canon lower (func $runtime "get-actor-id") (memory $memory) (realloc $realloc)))
  (core func $get_actor_name (canon lower (func $runtime "get-actor-name") (memory $memory) (realloc $realloc)))
  (core func $record_metric (canon lower (func $runtime "record-metric") (memory $memory) (realloc $realloc)))
  (core func $record_event (canon lower (func $runtime "record-event") (memory $memory) (realloc $realloc)))
  (core func $get_theater_version (canon lower (func $runtime "get-theater-version") (memory $memory) (realloc $realloc)))
  (core func $get_current_time (canon lower (func $runtime "get-current-time")))
  (core module $main
    (import "env" "memory" (memory 1))
    (import "env" "log" (func $log (param i32 i32 i32 i32 i32)))
    (import "env" "get-state" (func $get_state (param i32)))
    (import "env" "shutdown" (func $shutdown (param i32 i32 i32 i32)))
    (import "env" "get-actor-id" (func $get_actor_id (param i32)))
    (import "env" "get-actor-name" (func $get_actor_name (param i32)))
    (import "env" "get-current-time" (func $get_current_time (result i64)))
    (import "env" "record-metric" (func $record_metric (param i32 i32 f64 i32)))
    (import "env" "record-event" (func $record_event (param i32 i32 i32 i32 i32)))
    (import "env" "get-theater-version" (func $get_theater_version (param i32)))
    (data (i32.const 16) "ok")
    (data (i32.const 20) "warn")
    (data (i32.const 24) "loud")
    (data (i32.const 28) "bye")
    ;; The state that came in, and no more, as the result at 64.
    (func (export "init") (param $some i32) (param $at i32) (param $size i32) (param i32 i32) (result i32)
      (i32.store (i32.const 64) (i32.const 0))
      (i32.store (i32.const 68) (local.get $some))
      (i32.store (i32.const 72) (local.get $at))
      (i32.store (i32.const 76) (local.get $size))
      (i32.const 64))
    ;; The text whose place and length are at 128 becomes the answer.
    (func $answer_text
      (i32.store (i32.const 84) (i32.load (i32.const 128)))
      (i32.store (i32.const 88) (i32.load (i32.const 132))))
    ;; "ok", or the text of the error in the result<_, string> at 128.
    (func $answer_result
      (i32.store (i32.const 84)
        (select (i32.load (i32.const 132)) (i32.const 16) (i32.load8_u (i32.const 128))))
      (i32.store (i32.const 88)
        (select (i32.load (i32.const 136)) (i32.const 2) (i32.load8_u (i32.const 128)))))
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
      (if (i64.eqz (call $get_current_time)) (then (unreachable)))
      (if (i32.eq (local.get $what) (i32.const 105)) (then
        (call $get_actor_id (i32.const 128)) (call $answer_text)))
      (if (i32.eq (local.get $what) (i32.const 110)) (then
        (call $get_actor_name (i32.const 128)) (call $answer_text)))
      (if (i32.eq (local.get $what) (i32.const 118)) (then
        (call $get_theater_version (i32.const 128)) (call $answer_text)))
      (if (i32.eq (local.get $what) (i32.const 115)) (then
        (call $get_state (i32.const 128)) (call $answer_text)))
      (if (i32.eq (local.get $what) (i32.const 108)) (then
        (call $log (i32.const 20) (i32.const 4) (local.get $ask) (local.get $ask_size) (i32.const 128))
        (call $answer_result)))
      (if (i32.eq (local.get $what) (i32.const 76)) (then
        (call $log (i32.const 24) (i32.const 4) (local.get $ask) (local.get $ask_size) (i32.const 128))
        (call $answer_result)))
      (if (i32.eq (local.get $what) (i32.const 109)) (then
        (call $record_metric (local.get $ask) (local.get $ask_size) (f64.const 1.5) (i32.const 128))
        (call $answer_result)))
      (if (i32.eq (local.get $what) (i32.const 101)) (then
        (call $record_event (local.get $ask) (local.get $ask_size) (i32.const 28) (i32.const 3)
          (i32.const 128))
        (call $answer_result)))
      (if (i32.eq (local.get $what) (i32.const 69)) (then
        (call $record_event (local.get $ask) (i32.const 0) (i32.const 28) (i32.const 3) (i32.const 128))
        (call $answer_result)))
      (if (i32.eq (local.get $what) (i32.const 100)) (then
        (call $shutdown (i32.const 1) (i32.const 28) (i32.const 3) (i32.const 128))
        (call $answer_result)))
      (i32.const 64)))
  (core instance $main (instantiate $main (with "env" (instance
    (export "memory" (memory $memory)) (export "log" (func $log)) (export "get-state" (func $get_state))
    (export "shutdown" (func $shutdown)) (export "get-actor-id" (func $get_actor_id))
    (export "get-actor-name" (func $get_actor_name))
    (export "get-current-time" (func $get_current_time))
    (export "record-metric" (func $record_metric)) (export "record-event" (func $record_event))
    (export "get-theater-version" (func $get_theater_version))))))
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
