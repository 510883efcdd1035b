//! What happens at the same time.

use impersonation_testkit::race_suite;

use crate::contract::Memory;

race_suite!(memory, Memory);
