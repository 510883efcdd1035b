//! The example for product teams, run.

#[path = "../../examples/embed.rs"]
mod embed;

const SOURCE: &str = include_str!("../../examples/embed.rs");

#[test]
fn the_example_for_embedding_runs_and_stays_under_sixty_lines() {
    embed::main().unwrap();
    assert!(SOURCE.lines().count() < 60, "{} lines", SOURCE.lines().count());
}
