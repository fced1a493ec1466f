//! The threads that the kernels work on: Workers which run this module in this memory (`static/engine/threads.js`).
//!
//! The standard library of stable Rust for WASM is compiled without threads: its allocator and its locks are for one. So
//! the other threads run nothing but [`work`], whose tasks allocate nothing ([`ThreadPool::run`]); JavaScript's atomics
//! hand the tasks out, and order what the threads write.

use js_sys::{Function, Promise, Reflect};
use nadir_nn::kernels::{ThreadPool, set_thread_pool};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

type Task<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Threads that JavaScript has started.
struct Workers {
    threads: usize,
    /// `run(task, tasks)` calls [`work`] with `task` on all threads, and returns when they have finished.
    run: Function,
}

impl ThreadPool for Workers {
    fn threads(&self) -> usize {
        self.threads
    }

    fn run(&self, tasks: usize, task: Task<'_>) {
        let address = std::ptr::from_ref(&task).addr();
        let run = self.run.call2(&JsValue::UNDEFINED, &address.into(), &tasks.into());
        run.expect("each thread finishes its tasks");
    }
}

/// Starts the threads by `start()`, a promise of `{threads, run}` or of `null`, and has the kernels work on them; how
/// many there are, this one among them.
pub async fn start(start: &Function) -> usize {
    let workers = started(start).await.unwrap_or_else(|error| {
        // Slower, and the same results.
        web_sys::console::warn_2(&"the engine has one thread:".into(), &error);
        None
    });
    let threads = workers.as_ref().map_or(1, |workers| workers.threads);
    set_thread_pool(workers.map(|workers| Rc::new(workers) as Rc<dyn ThreadPool>));
    threads
}

async fn started(start: &Function) -> Result<Option<Workers>, JsValue> {
    let workers = JsFuture::from(start.call0(&JsValue::UNDEFINED)?.dyn_into::<Promise>()?).await?;
    if workers.is_null() {
        return Ok(None);
    }
    let threads = Reflect::get(&workers, &"threads".into())?.as_f64().ok_or("no number of threads")?;
    let run = Reflect::get(&workers, &"run".into())?.dyn_into::<Function>()?;
    Ok(Some(Workers { threads: threads as usize, run }))
}

/// Carries out one of the tasks that a kernel has handed out: what each thread does, the engine's own among them.
#[wasm_bindgen]
pub fn work(task: usize, thread: usize, index: usize) {
    #[expect(unsafe_code, reason = "a task reaches another thread by its address")]
    // SAFETY: `Workers::run` made the address from a reference, and returns only after the last task.
    let task = unsafe { *(task as *const Task<'_>) };
    task(thread, index);
}
