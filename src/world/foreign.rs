//! Code of others that may panic on what it is given.
//!
//! Invariant: a panic in it ends in here: it is an answer, not a fault of the program, and nobody is
//! told of it.

use std::cell::Cell;
use std::panic::{PanicHookInfo, UnwindSafe, catch_unwind, set_hook};

thread_local! {
    static IS_FOREIGN: Cell<bool> = const { Cell::new(false) };
}

/// Runs code of others; `None` if it panicked.
pub fn foreign<T>(code: impl FnOnce() -> T + UnwindSafe) -> Option<T> {
    let before = IS_FOREIGN.replace(true);
    let answer = catch_unwind(code);
    IS_FOREIGN.set(before);
    answer.ok()
}

/// Has a panic of our own code told by `tell`, and none of others' code.
pub fn tell_panics(tell: impl Fn(&PanicHookInfo<'_>) + Send + Sync + 'static) {
    set_hook(Box::new(move |info| {
        if !IS_FOREIGN.get() {
            tell(info);
        }
    }));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_panic_of_others_is_an_answer_and_our_own_is_told() {
        let told = Arc::new(AtomicUsize::new(0));
        let count = told.clone();
        tell_panics(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(foreign(|| 1), Some(1));
        assert_eq!(foreign(|| foreign(|| panic!("no")).map_or(2, |()| 3)), Some(2));
        assert_eq!(foreign(|| -> u8 { panic!("no") }), None);
        assert_eq!(told.load(Ordering::Relaxed), 0);
        assert!(catch_unwind(|| panic!("ours")).is_err());
        assert_eq!(told.load(Ordering::Relaxed), 1);
    }
}
