//! What is promised about tokens, through the public door.

mod claims;
mod order;
mod strictness;
mod support;
