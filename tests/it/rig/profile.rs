//! Reading rig profiles.

use serde_json::{Value, json};
use tonsure::rig::{Profile, builtin, builtin_names};

use super::rig;

fn message(edit: impl FnOnce(&mut Value)) -> String {
    let mut value = serde_json::to_value(rig("gantry-xyzab")).unwrap();
    edit(&mut value);
    Profile::parse(value.to_string(), "rig.json").unwrap_err().to_string()
}

#[track_caller]
fn says(message: &str, parts: &[&str]) {
    assert!(message.starts_with("rig.json: "), "{message}");
    for part in parts {
        assert!(message.contains(part), "{message} lacks {part}");
    }
}

#[test]
fn all_that_are_built_in_read_back_the_same() {
    assert_eq!(builtin_names().count(), 8);
    for name in builtin_names() {
        let profile = rig(name);
        assert_eq!(profile.name, name);
        assert_eq!(Profile::parse(serde_json::to_string(&profile).unwrap(), name).unwrap(), profile);
    }
    assert!(builtin("gantry").is_none());
}

#[test]
fn missing_axis() {
    let text = message(|v| drop(v["axes"].as_array_mut().unwrap().pop()));
    says(&text, &["axes", "\"XYZA\"", "\"XYZAB\""]);
}

#[test]
fn axes_in_another_order() {
    says(&message(|v| v["axes"].as_array_mut().unwrap().swap(0, 1)), &["\"YXZAB\"", "in this order"]);
}

#[test]
fn zero_acceleration() {
    let text = message(|v| v["axes"][3]["max_acceleration"] = json!(0));
    says(&text, &["axes[3].max_acceleration (axis A)", "found 0", "above 0"]);
}

#[test]
fn reversed_limits() {
    let text = message(|v| v["axes"][1]["min"] = json!(500));
    says(&text, &["axes[1].min (axis Y)", "500 to 340", "below its max"]);
}

#[test]
fn unknown_kinematics() {
    says(&message(|v| v["kinematics"] = json!("xyz-ba")), &["kinematics", "xyz-ba", "did you mean \"xyz-ab\"?"]);
}

#[test]
fn unknown_key() {
    let text = message(|v| v["speeds"]["strike_mm"] = json!(1));
    says(&text, &["speeds", "strike_mm", "did you mean \"strike_mm_s\"?"]);
}

#[test]
fn a_number_that_overflows() {
    let text = serde_json::to_string(&rig("gantry-xyz")).unwrap().replacen("\"max\":150.0", "\"max\":1e999", 1);
    says(&Profile::parse(text, "rig.json").unwrap_err().to_string(), &["number out of range"]);
}

#[test]
fn another_format() {
    says(&message(|v| v["format"] = json!("tonsure-rig/9")), &["format", "\"tonsure-rig/1\""]);
}

#[test]
fn a_name_that_could_be_a_command() {
    says(&message(|v| v["name"] = json!("x\nM3")), &["name", "letters, digits"]);
}

#[test]
fn rotary_axes_on_grbl() {
    says(&message(|v| v["dialect"] = json!("grbl")), &["dialect", "grbl", "\"xyz\""]);
}

#[test]
fn clearance_too_small() {
    says(&message(|v| v["clearance_mm"] = json!(2.5)), &["clearance_mm", "found 2.5", "at least 3 mm"]);
}

#[test]
fn approach_within_the_clearance() {
    says(&message(|v| v["approach_mm"] = json!(3)), &["approach_mm", "found 3", "clearance_mm"]);
}

#[test]
fn depth_cap_too_deep() {
    says(&message(|v| v["depth_cap_mm"] = json!(2)), &["depth_cap_mm", "found 2", "at most 1.5 mm"]);
}

#[test]
fn holder_that_reaches_the_skin() {
    says(&message(|v| v["holder"]["from_tip_mm"] = json!(10)), &["holder.from_tip_mm", "found 10", "10.5"]);
}

#[test]
fn head_rest_that_is_no_rotation() {
    let text = message(|v| v["head_rest"]["upright"]["rotation"][0] = json!([-1, 0, 0]));
    says(&text, &["head_rest.upright.rotation", "determinant +1"]);
}

#[test]
fn head_rest_of_an_unknown_setup() {
    let text = message(|v| v["head_rest"] = json!({ "sitting": v["head_rest"]["upright"] }));
    says(&text, &["head_rest", "sitting", "upright"]);
}

#[test]
fn park_place_out_of_travel() {
    says(&message(|v| v["park_mm"] = json!([0, 0, 300])), &["park_mm", "axis Z would have to go to 300"]);
}

#[test]
fn a_cap_beyond_what_is_safe() {
    let text = message(|v| v["speeds"]["cap_mm_s"] = json!(251));
    says(&text, &["speeds.cap_mm_s", "found 251", "at most 250 mm/s"]);
}

#[test]
fn without_a_cap_it_is_250() {
    let mut value = serde_json::to_value(rig("gantry-xyzab")).unwrap();
    drop(value["speeds"].as_object_mut().unwrap().remove("cap_mm_s"));
    assert_eq!(Profile::parse(value.to_string(), "rig.json").unwrap(), rig("gantry-xyzab"));
}

#[test]
fn axes_of_another_kinematics() {
    says(&message(|v| v["kinematics"] = json!("xyz-bc")), &["axes", "\"XYZAB\"", "\"XYZBC\""]);
}

#[test]
fn a_rest_that_turns_without_rotary_axes() {
    let mut value = serde_json::to_value(rig("gantry-xyz")).unwrap();
    value["rotaries"] = json!("table-table");
    let text = Profile::parse(value.to_string(), "rig.json").unwrap_err().to_string();
    says(&text, &["rotaries", "none with the kinematics \"xyz\""]);
    says(&message(|v| v["rotaries"] = json!("table-tabel")), &["did you mean \"table-table\"?"]);
}

#[test]
fn a_needle_length_where_nothing_turns_the_needle() {
    let text = message(|v| v["rotaries"] = json!("table-table"));
    says(&text, &["pivot_to_tip_mm", "found 100", "the needle does not turn"]);
    says(&message(|v| v["pivot_to_tip_mm"] = json!(0)), &["pivot_to_tip_mm", "found 0", "above 0"]);
}

#[test]
fn a_centre_of_an_axis_that_does_not_turn() {
    let text = message(|v| v["axes"][2]["centre_mm"] = json!([0, 0, 1]));
    says(&text, &["axes[2].centre_mm (axis Z)", "does not turn"]);
}

#[test]
fn cables_wound_up_without_end() {
    let text = message(|v| v["axes"][3]["max"] = json!(99999));
    says(&text, &["axes[3].min (axis A)", "-110 to 99999", "720 degrees"]);
}

#[test]
fn a_junction_deviation_where_corners_are_not_rounded() {
    let text = message(|v| v["junction_deviation_mm"] = json!(0.02));
    says(&text, &["junction_deviation_mm", "found 0.02", "linuxcnc"]);
    let mut value = serde_json::to_value(rig("gantry-xyz")).unwrap();
    value["junction_deviation_mm"] = json!(0);
    let text = Profile::parse(value.to_string(), "rig.json").unwrap_err().to_string();
    says(&text, &["junction_deviation_mm", "found 0", "at most 1 mm"]);
    value["junction_deviation_mm"] = json!(0.02);
    assert!(Profile::parse(value.to_string(), "rig.json").is_ok());
}

#[test]
fn jerk_of_zero() {
    let text = message(|v| v["axes"][3]["max_jerk"] = json!(0));
    says(&text, &["axes[3].max_jerk (axis A)", "found 0", "above 0"]);
}

#[test]
fn a_direction_that_is_none() {
    says(&message(|v| v["axes"][3]["direction"] = json!("negativ")), &["direction", "did you mean \"negative\"?"]);
}

#[test]
fn a_zero_out_of_travel() {
    let text = message(|v| v["axes"][3]["zero"] = json!(200));
    says(&text, &["park_mm", "axis A would have to go to 200"]);
}

#[test]
fn strike_speed_of_zero() {
    says(&message(|v| v["speeds"]["strike_mm_s"] = json!(0)), &["speeds.strike_mm_s", "found 0", "above 0"]);
}

#[test]
fn a_service_place_out_of_travel() {
    says(&message(|v| v["service_mm"] = json!([0, 0, 999])), &["service_mm", "axis Z", "within the travel"]);
}

#[test]
fn stops_without_a_plausible_time() {
    says(&message(|v| v["stop_times"] = json!({"reload_s": -1})), &["stop_times.reload_s", "-1 s"]);
    says(&message(|v| v["stop_times"] = json!({"pause_s": 1e9})), &["stop_times.pause_s", "0 to 86400 s"]);
    says(&message(|v| v["hooks"] = json!({"start_s": -0.5})), &["hooks.start_s"]);
}

#[test]
fn an_axis_twice() {
    says(&message(|v| v["axes"][4]["letter"] = json!("A")), &["XYZAA", "XYZAB"]);
}
