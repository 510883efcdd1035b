//! The console from outside, over the in-memory store.
#![cfg(test)]

mod forms;
mod pages;
mod principals;
mod sessions;
mod support;
mod workspace;
