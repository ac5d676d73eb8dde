//! Visiting orders: a travelling-salesman heuristic for points on surfaces.
//!
//! [`solve`] orders points so that the path over them, or the closed tour, is short under any symmetric [`Cost`]: a
//! greedy start on nearest neighbours, candidate edges chosen by a subgradient ascent on spanning trees, chains of
//! sequential k-opt moves (2-opt, Or-opt and up to five edges at once) under don't-look bits, then local kicks, each
//! undone when it makes the tour longer. Budgets count kicks, so that the same input gives the same order on every
//! machine. A search by time merges the tours of many short searches instead, where there is time for them, and what
//! several threads found.
//!
//! [`lower_bound`] tells how far an order is from the shortest one at most, [`serpentine`] is the order a person would
//! take. [`solve_blocks`] keeps to an order of blocks, [`solve_apart`] keeps near points apart in the order, [`patches`]
//! cuts an order into parts of limited cost. Knows points and costs, nothing of rigs.

mod apart;
mod array_tour;
mod ascent;
mod blocks;
mod bound;
mod box_tree;
mod candidates;
mod chained;
mod cost;
mod exact;
mod exchange;
mod greedy;
mod hilbert;
mod k_opt;
mod merge;
mod network;
mod patches;
mod population;
mod segments;
mod serpentine;
mod sets;
mod shape;
mod sites;
mod solve;
mod spaced_path;
mod spanning;
mod sparse_graph;
mod tally;
mod tsplib;
mod tsplib_metric;
mod write;

pub use apart::{Apart, ApartTour, pairs_too_near, solve_apart};
pub use blocks::solve_blocks;
pub use bound::lower_bound;
pub use cost::{Chebyshev, Cost, Euclidean, EuclideanCost, Metric, MetricCost, length};
pub use patches::patches;
pub use serpentine::serpentine;
pub use solve::{Breadth, Budget, Ends, Options, Progress, Tour, solve};
pub use tsplib::{TspInstance, TsplibCost, read_tsp};
pub use tsplib_metric::TsplibMetric;
pub use write::{write_route_csv, write_tour};
