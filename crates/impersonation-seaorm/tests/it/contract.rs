//! The contract of the ports.

use impersonation_testkit::contract_suite;

use crate::support::{Postgres, Sqlite};

contract_suite!(sqlite, Sqlite);
contract_suite!(postgres, Postgres);
