; tonsure dialect=grbl machine=gantry-xyz units=mm axes=XYZ
; plan=0123456789abcdef session=1 setup=upright tool=1 run=air
; depth=absolute counts from the scan as registered
; seed=42 dots=5 time_s=564
; case=five dots on a ball
; tip box mm X=-7.453:20.628 Y=-19.369:15.73 Z=132.418:240
; axis ranges X=-7.453:20.628 Y=-19.369:15.73 Z=132.418:240
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
G0X-1.429Y10.394Z149.886
Z139.886
G1Z134.386F2400
G4P0.05
Z139.886F3600
G0X-1.429Y10.394Z149.886
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
G0X-7.453Y10.144Z149.615
Z139.615
G1Z134.115F2400
G4P0.05
Z139.615F3600
G0X-7.453Y10.144Z149.615
X0Y0Z240
; stop: wipe before dot 2
; wipe the skin, then resume
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
G0Z240
G0X0Y0
G0X7.965Y-19.369Z148.03
Z138.03
G1Z132.53F2400
G4P0.05
Z138.03F3600
G0X7.965Y-19.369Z148.03
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
G0X20.628Y-5.709Z147.918
Z137.918
G1Z132.418F2400
G4P0.05
Z137.918F3600
G0X20.628Y-5.709Z147.918
X0Y0Z240
; stop: registration before dot 4
; check that the head lies as registered, then resume
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
G0Z240
G0X0Y0
; patch 1 of 1
G0X2.897Y15.73Z149.067
Z139.067
G1Z133.567F2400
G4P0.05
Z139.067F3600
G0X2.897Y15.73Z149.067
X0Y0Z240
M5
M2
