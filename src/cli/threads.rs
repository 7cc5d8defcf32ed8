//! The number of threads of a command.

pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The number of threads that an option asks for, by default all cores.
pub fn threads(option: Option<u16>) -> usize {
    option.map_or_else(cores, usize::from)
}
