//! The server from the outside.

#![cfg(test)]

mod bucket;
mod client;
mod command_line;
mod crashes;
mod end_to_end;
mod files;
mod linearizability;
mod network;
mod postgres;
mod power_cut;
mod process;
mod proxy;
mod readme;
mod serving;
mod settings;
