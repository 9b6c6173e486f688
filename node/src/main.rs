//! The node that data co-ops run: the one place where the crates are put together.

mod charter;
mod cli;
mod config;
mod demo;
mod engine;
mod init;
mod ops;
mod run;
mod time;

fn main() -> std::process::ExitCode {
    cli::main()
}
