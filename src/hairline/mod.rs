//! Hairlines: closing an open frontal curve from landmarks.
