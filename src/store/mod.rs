//! Where things are kept. Every store answers the same ports and passes the same behaviour suite.

pub mod memory;
