//! The API from outside, over the in-memory store.
#![cfg(test)]

mod attacks;
mod authentication;
mod bad_input;
mod corpus;
mod document;
mod edge;
mod enumeration;
mod files;
mod grants;
mod lists;
mod login_sessions;
mod objects;
mod organizations;
mod principals;
mod repeating;
mod sending;
mod sign_in;
mod support;
mod versions;
