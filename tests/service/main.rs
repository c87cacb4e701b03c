//! The session rules and the service over memory stores: what every platform's stores have to do as well.

mod http;
mod machine;
mod support;
