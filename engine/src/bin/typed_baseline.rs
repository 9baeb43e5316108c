//! The yardstick of the engine benchmarks: the same guest called through Wasmtime's own typed interface,
//! with the same settings, so that ratios say what Theater's flat values cost.
//!
//! Run with the path of bench/guests/handle.wat; prints one JSON object a line.

use std::future::Future;
use std::hint::black_box;
use std::time::{Duration, Instant};
use wasmtime::component::{Component, Linker, TypedFunc};
use wasmtime::{Config, Engine, Result, Store, UpdateDeadline};

type State = Option<Vec<u8>>;
type HandleResult = (std::result::Result<(State,), String>,);

const RUNS: usize = 7;
const RUN_TIME: Duration = Duration::from_millis(250);

fn measure(id: &str, units: f64, mut work: impl FnMut()) {
    work();
    let mut runs: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            let mut calls = 0u32;
            while start.elapsed() < RUN_TIME {
                for _ in 0..16 {
                    work();
                }
                calls += 16;
            }
            start.elapsed().as_secs_f64() * 1e6 / (f64::from(calls) * units)
        })
        .collect();
    runs.sort_by(f64::total_cmp);
    println!(
        r#"{{"bench": "{id}", "value": {:.4}, "unit": "us", "median": {:.4}, "worst": {:.4}, "runs": {RUNS}}}"#,
        runs[0],
        runs[RUNS / 2],
        runs[RUNS - 1]
    );
}

fn block<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

fn engine() -> Result<Engine> {
    let mut config = Config::new();
    config
        .concurrency_support(false)
        .wasm_component_model_async(false)
        .wasm_threads(false)
        .wasm_gc(false)
        .wasm_function_references(false)
        .wasm_exceptions(false)
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        .max_wasm_stack(128 << 10)
        .async_stack_size(256 << 10)
        .memory_reservation(0)
        .memory_reservation_for_growth(0)
        .memory_guard_size(0)
        .memory_init_cow(false);
    Engine::new(&config)
}

fn main() -> Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "bench/guests/handle.wat".to_string());
    let engine = engine()?;
    let component = Component::new(&engine, std::fs::read(path)?)?;
    let mut linker: Linker<()> = Linker::new(&engine);
    let mut host = linker.instance("bench:t/host")?;
    host.func_wrap("log", |_, (message,): (String,)| {
        black_box(message);
        Ok(())
    })?;
    host.func_wrap("pause", |_, (): ()| Ok(()))?;
    let pre = linker.instantiate_pre(&component)?;

    for (suffix, fiber) in [("typed", false), ("typed-fiber", true)] {
        let mut store = Store::new(&engine, ());
        if fiber {
            store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
        }
        store.set_epoch_deadline(u64::MAX / 2);
        let instance = if fiber { block(pre.instantiate_async(&mut store))? } else { pre.instantiate(&mut store)? };
        let api = component.get_export_index(None, "bench:t/api").expect("the guest's interface");
        let export = |name: &str| component.get_export_index(Some(&api), name).expect("the guest's function");
        let handle: TypedFunc<(Option<&[u8]>, (&[u8],)), HandleResult> =
            instance.get_typed_func(&mut store, &export("handle"))?;
        let ask: TypedFunc<(u32,), ()> = instance.get_typed_func(&mut store, &export("ask"))?;
        for size in [0usize, 64, 1024, 65536, 1 << 20] {
            let state = vec![7u8; size];
            let message = vec![9u8; size.min(256)];
            measure(&format!("engine.handle.{size}.{suffix}"), 1.0, || {
                let args = (Some(state.as_slice()), (message.as_slice(),));
                let result = if fiber {
                    block(handle.call_async(&mut store, args)).unwrap()
                } else {
                    handle.call(&mut store, args).unwrap()
                };
                black_box(result.0.unwrap());
            });
        }
        measure(&format!("engine.import.{suffix}"), 1000.0, || {
            if fiber {
                block(ask.call_async(&mut store, (1000,))).unwrap();
            } else {
                ask.call(&mut store, (1000,)).unwrap();
            }
        });
    }
    Ok(())
}
