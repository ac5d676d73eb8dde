//! Visiting orders: a TSP heuristic for points on surfaces.
