//! The contract of the ports.

use impersonation_testkit::{contract_suite, stateful_suite};

use crate::support::{Postgres, Sqlite};

contract_suite!(sqlite, Sqlite);
contract_suite!(postgres, Postgres);
stateful_suite!(sqlite_histories, Sqlite, 12);
stateful_suite!(postgres_histories, Postgres, 6);
