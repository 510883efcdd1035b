//! Steps in words.

use std::fmt;

use super::{Operation, PROCESSES, Step};

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revoke => f.write_str("revoke"),
            Self::Narrow => f.write_str("narrow to Send Access"),
            Self::Grant => f.write_str("grant again"),
            Self::Start => f.write_str("start a session"),
            Self::Act(session) => write!(f, "act in session {}", session + 1),
            Self::Send => f.write_str("send"),
            Self::Stop(session) => write!(f, "stop session {}", session + 1),
            Self::Upkeep => f.write_str("end what is overdue"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (process, does) = match self {
            Self::Ask(process, operation) => {
                return write!(f, "{} asks to {operation}", PROCESSES[*process]);
            }
            Self::Lock(process) => (process, "takes the lock"),
            Self::Read(process) => (process, "reads"),
            Self::Decide(process) => (process, "decides"),
            Self::Write(process) => (process, "writes"),
            Self::Commit(process) => (process, "commits"),
            Self::Answer(process) => (process, "is answered"),
            Self::TimePasses => return f.write_str("time passes"),
        };
        write!(f, "{} {does}", PROCESSES[*process])
    }
}
