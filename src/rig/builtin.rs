use super::Profile;

/// Names and profiles that come with the program. A test reads and checks each.
const BUILTIN: [(&str, &str); 4] = [
    ("gantry-xyz", include_str!("builtin/gantry-xyz.json")),
    ("gantry-xyzab", include_str!("builtin/gantry-xyzab.json")),
    ("gantry-xyzbc", include_str!("builtin/gantry-xyzbc.json")),
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
