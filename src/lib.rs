//! zonesim
pub mod chance;
pub mod coordination;
pub mod desk;
pub mod engine;
pub mod exchange;
pub mod fault;
pub mod geo;
pub mod id;
pub mod network;
pub mod plan;
pub mod scenario;
pub mod seam;
pub mod time;
pub mod zone;
