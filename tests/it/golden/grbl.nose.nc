; tonsure dialect=grbl machine=gantry-xyz units=mm axes=XYZ
; plan=0123456789abcdef session=1 setup=upright tool=1 run=treat
; depth=nose protrusion_mm=0.5 over_travel_mm=0.8
; seed=42 dots=5 time_s=570.5
; case=five dots on a ball
; tip box mm X=-7.453:20.628 Y=-19.369:15.73 Z=126.118:240
; axis ranges X=-7.453:20.628 Y=-19.369:15.73 Z=126.118:240
; set the controller to these speeds/accelerations per s: X=80/800
;  Y=80/800 Z=60/800
; this is a plan, no medical device. the rig must guarantee:
; emergency stop and hold-to-run, force limit with retract,
; head rest with tracking, needle retracted on power loss,
; sterile single-use cartridge and barrier, eyes shielded,
; a trained operator present, air run made before treatment.
; set $1=255: times count on motors that hold while they stand
; feed hold does not stop the needle drive: wire the safety door
; dwell is rounded up to 50 ms. check with $C before the run
G21 G90 G94 G17 G40 G49 G54 G92.1
M5
G0Z240
G0X0Y0
M3 S1000
G4P1
G0X-1.429Y10.394Z144.386
Z134.386
G1Z128.086F2400
G4P0.05
Z134.386F3600
M5
G0X-1.429Y10.394Z144.386
X0Y0Z240
; stop: tool-change before dot 1
; put in the other tool, then resume
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
G0Z240
G0X0Y0
; stop: cartridge before dot 1
; put in a new sterile needle cartridge, then resume
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
G0Z240
G0X0Y0
M3 S1000
G4P1
G0X-7.453Y10.144Z144.115
Z134.115
G1Z127.815F2400
G4P0.05
Z134.115F3600
M5
G0X-7.453Y10.144Z144.115
X0Y0Z240
; stop: wipe before dot 2
; wipe the skin, then resume
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
G0Z240
G0X0Y0
M3 S1000
G4P1
G0X7.965Y-19.369Z142.53
Z132.53
G1Z126.23F2400
G4P0.05
Z132.53F3600
M5
G0X7.965Y-19.369Z142.53
X0Y0Z240
; stop: reload before dot 3
; load fresh ink, then resume
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
G0Z240
G0X0Y0
; stop: pause before dot 3
; rest, then resume
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
G0Z240
G0X0Y0
M3 S1000
G4P1
G0X20.628Y-5.709Z142.418
Z132.418
G1Z126.118F2400
G4P0.05
Z132.418F3600
M5
G0X20.628Y-5.709Z142.418
X0Y0Z240
; stop: registration before dot 4
; check that the head lies as registered, then resume
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
G0Z240
G0X0Y0
; patch 1 of 1
M3 S1000
G4P1
G0X2.897Y15.73Z143.567
Z133.567
G1Z127.267F2400
G4P0.05
Z133.567F3600
M5
G0X2.897Y15.73Z143.567
X0Y0Z240
M5
M2
