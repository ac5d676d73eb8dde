use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::error::{Error, Result};

/// What a shell says of a program that an interrupt ended.
const STATUS: i32 = 130;

static CAME: AtomicBool = AtomicBool::new(false);

/// From now on the first interrupt (Ctrl-C) is only noted; the second one ends the program at once.
pub(super) fn watch() -> Result<()> {
    ctrlc::set_handler(|| {
        if CAME.swap(true, Relaxed) {
            std::process::exit(STATUS);
        }
    })
    .map_err(|error| Error::system(format!("no handler for interrupts: {error}")))
}

/// Whether an interrupt came.
pub(super) fn came() -> bool {
    CAME.load(Relaxed)
}
