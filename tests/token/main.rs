//! What is promised about tokens, through the public door.

mod cache;
mod claims;
mod inspect;
mod jws;
mod order;
mod strictness;
mod support;
