//! From asynchronous readbacks to a program that waits for them.

use anyhow::Result;

/// What the networks give: on this thread, which waits for the device.
///
/// # Errors
/// Where the system gives no way to wait.
pub fn wait<T>(future: impl Future<Output = T>) -> Result<T> {
    Ok(tokio::runtime::Builder::new_current_thread().build()?.block_on(future))
}
