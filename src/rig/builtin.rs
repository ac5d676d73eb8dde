use super::Profile;

/// Names and profiles that come with the program. A test reads and checks each.
const BUILTIN: [(&str, &str); 8] = [
    ("gantry-xyz", include_str!("builtin/gantry-xyz.json")),
    ("gantry-xyzab", include_str!("builtin/gantry-xyzab.json")),
    ("gantry-xyzbc", include_str!("builtin/gantry-xyzbc.json")),
    ("fluidnc-xyzab", include_str!("builtin/fluidnc-xyzab.json")),
    ("klipper-xyzbc", include_str!("builtin/klipper-xyzbc.json")),
    ("marlin-xyzbc", include_str!("builtin/marlin-xyzbc.json")),
    ("reprap-xyzab", include_str!("builtin/reprap-xyzab.json")),
    ("table-xyzac", include_str!("builtin/table-xyzac.json")),
];

/// The built-in profile of that name.
pub fn builtin(name: &str) -> Option<Profile> {
    let (file, text) = BUILTIN.iter().find(|(known, _)| *known == name)?;
    Profile::parse(text.as_bytes(), file).ok()
}

/// Names of the built-in profiles.
pub fn builtin_names() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|(name, _)| *name)
}
