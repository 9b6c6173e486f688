//! Waiting, never for ever.

use std::time::{Duration, Instant};

/// How long what should happen may take on a machine that does something else too.
pub const PATIENCE: Duration = Duration::from_secs(45);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks again and again until there is what was waited for.
///
/// The look's `Err` says what was found instead; the last one is what a failure shows.
///
/// # Panics
/// After [`PATIENCE`].
pub async fn eventually<T, F>(what: &str, mut look: F) -> T
where
    F: AsyncFnMut() -> Result<T, String>,
{
    let until = Instant::now() + PATIENCE;
    loop {
        match look().await {
            Ok(found) => return found,
            Err(instead) if Instant::now() > until => panic!("{what}: not within {PATIENCE:?}: {instead}"),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
