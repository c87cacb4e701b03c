//! The shared buffer for text: JavaScript writes the input there and reads the result from the same place. Each
//! direction costs one copy, and no call allocates.

use std::cell::RefCell;

use wasm_bindgen::prelude::wasm_bindgen;

use super::fault;
use crate::error::{Code, Error, Result};

/// Enough for any token within the limit, and for most claims sets.
const FIRST_BYTES: usize = 32 * 1024;

thread_local! {
    static AREA: RefCell<Vec<u8>> = RefCell::new(vec![0; FIRST_BYTES]);
}

/// The address of the buffer, after making room for at least `bytes`. The address is valid until the next call, or
/// until a longer result needs more room: call this again if the returned length exceeds the known size, or before
/// writing more than that. A buffer that has grown shrinks to its first size at the next call that needs no more, so
/// one large text does not hold memory permanently.
#[wasm_bindgen(js_name = scratchAt)]
pub fn scratch_at(bytes: usize) -> usize {
    AREA.with_borrow_mut(|area| {
        if area.len() < bytes {
            area.resize(bytes.next_power_of_two(), 0);
        } else if bytes <= FIRST_BYTES && area.len() > FIRST_BYTES {
            area.truncate(FIRST_BYTES);
            area.shrink_to_fit();
        }
        area.as_ptr().addr()
    })
}

/// The current size of the buffer in bytes.
#[wasm_bindgen(js_name = scratchBytes)]
pub fn scratch_bytes() -> usize {
    AREA.with_borrow(Vec::len)
}

/// Passes the first `len` bytes of the buffer to `ask` as text, and writes the result to the buffer.
pub(super) fn answer(len: usize, ask: impl FnOnce(&str) -> Option<Result<String>>) -> i32 {
    let answer = AREA.with_borrow(|area| match area.get(..len).map(std::str::from_utf8) {
        Some(Ok(text)) => ask(text),
        _ => Some(Err(Error::new(Code::OptionInvalid).actual("text that is not UTF-8"))),
    });
    match answer {
        None => super::LATER,
        Some(Ok(text)) => put(text.as_bytes()) << 1 | i32::from(!text.is_ascii()),
        Some(Err(error)) => -put(fault::json(&error).as_bytes()),
    }
}

fn put(text: &[u8]) -> i32 {
    AREA.with_borrow_mut(|area| {
        if area.len() < text.len() {
            area.resize(text.len().next_power_of_two(), 0);
        }
        area[..text.len()].copy_from_slice(text);
    });
    // A wasm memory of 4 GiB cannot contain a text of this length together with its copy and its source.
    i32::try_from(text.len()).unwrap_or(i32::MAX) & (i32::MAX >> 1)
}
