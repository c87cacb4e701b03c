//! The area through which text travels: JavaScript writes what it asks, and reads the answer in the same place. It costs one copy
//! each way and no allocation per call.

use std::cell::RefCell;

use wasm_bindgen::prelude::wasm_bindgen;

use super::fault;
use crate::error::{Code, Error, Result};

/// Enough for any token within the limit, and for most claims sets to be signed.
const FIRST_BYTES: usize = 32 * 1024;

thread_local! {
    static AREA: RefCell<Vec<u8>> = RefCell::new(vec![0; FIRST_BYTES]);
}

/// Where the area is, after making sure that at least `bytes` fit. The address stands until this is called again or a longer answer
/// needs more room: ask again whenever a number larger than the known size comes back or has to be written. An area that grew
/// returns to its first size when no more than that is asked for, so that one large text does not hold its memory for good.
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

/// How many bytes fit in the area now.
#[wasm_bindgen(js_name = scratchBytes)]
pub fn scratch_bytes() -> usize {
    AREA.with_borrow(Vec::len)
}

/// Hands the first `len` bytes of the area to `ask` as text, and leaves the answer there.
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
    // A wasm memory of 4 GiB holds no text this long together with its copy and what it was made from.
    i32::try_from(text.len()).unwrap_or(i32::MAX) & (i32::MAX >> 1)
}
