// A small actor as component text, for tests with the real engine.
//
// handle-send keeps the message as the state. handle-request answers a message with itself, except
// for the empty one, on which it spins for ever, and one that begins with `!`, on which it traps.
// It imports nothing but runtime.log.
#pragma once

#include <string_view>

namespace theater::testing {

inline constexpr std::string_view kEchoActor = R"((component
  (import "theater:simple/runtime" (instance $runtime
    (export "log" (func (param "msg" string)))))
  (core module $memory
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $p i32)
      (local.set $p (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.set $top (i32.add (local.get $p) (local.get 3)))
      (local.get $p))
    (func (export "post") (param i32) (global.set $top (i32.const 4096))))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "realloc" (core func $realloc))
  (alias core export $memory "post" (core func $post))
  (alias export $runtime "log" (func $log))
  (core func $log (canon lower (func $log) (memory $mem) (realloc $realloc)))
  (core module $m
    (import "e" "memory" (memory 1))
    (import "e" "log" (func $log (param i32 i32)))
    (data (i32.const 16) "hello")
    ;; ok((state)), at 64, and room for a result after it
    (func $keep (param $some i32) (param $p i32) (param $n i32) (result i32)
      (i32.store (i32.const 64) (i32.const 0))
      (i32.store (i32.const 68) (local.get $some))
      (i32.store (i32.const 72) (local.get $p))
      (i32.store (i32.const 76) (local.get $n))
      (i32.const 64))
    (func (export "init") (param i32 i32 i32 i32 i32) (result i32)
      (call $log (i32.const 16) (i32.const 5))
      (call $keep (local.get 0) (local.get 1) (local.get 2)))
    (func (export "send") (param i32 i32 i32 i32 i32) (result i32)
      (call $keep (i32.const 1) (local.get 3) (local.get 4)))
    (func (export "request") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
      (if (i32.eqz (local.get 6)) (then (loop $spin (br $spin))))
      (if (i32.eq (i32.load8_u (local.get 5)) (i32.const 33)) (then (unreachable)))
      (i32.store (i32.const 80) (i32.const 1))
      (i32.store (i32.const 84) (local.get 5))
      (i32.store (i32.const 88) (local.get 6))
      (call $keep (local.get 0) (local.get 1) (local.get 2))))
  (core instance $e (export "memory" (memory $mem)) (export "log" (func $log)))
  (core instance $i (instantiate $m (with "e" (instance $e))))
  (type $bytes (list u8))
  (type $state (option $bytes))
  (type $kept (result (tuple $state) (error string)))
  (type $answered (result (tuple $state (tuple (option $bytes))) (error string)))
  (func $init (param "state" $state) (param "params" (tuple string)) (result $kept)
    (canon lift (core func $i "init") (memory $mem) (realloc $realloc) (post-return $post)))
  (func $send (param "state" $state) (param "params" (tuple $bytes)) (result $kept)
    (canon lift (core func $i "send") (memory $mem) (realloc $realloc) (post-return $post)))
  (func $request (param "state" $state) (param "params" (tuple string $bytes)) (result $answered)
    (canon lift (core func $i "request") (memory $mem) (realloc $realloc) (post-return $post)))
  (instance $actor (export "init" (func $init)))
  (instance $client (export "handle-send" (func $send)) (export "handle-request" (func $request)))
  (export "theater:simple/actor" (instance $actor))
  (export "theater:simple/message-server-client" (instance $client))))";

}  // namespace theater::testing
