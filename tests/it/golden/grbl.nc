; tonsure dialect=grbl machine=gantry-xyz units=mm axes=XYZ
; plan=0123456789abcdef session=1 setup=upright run=treat
; seed=42 dots=5 time_s=8.2
; case=five dots on a ball
; tip box mm X=-9.896:27.289 Y=-25.629:20.862 Z=124.93:240
; axis ranges X=-9.896:27.289 Y=-25.629:20.862 Z=124.93:240
; set the controller to these speeds/accelerations per s: X=80/800
; Y=80/800 Z=60/800
; this is a plan, no medical device. the rig must guarantee:
; emergency stop and hold-to-run, force limit with retract,
; head rest with tracking, needle retracted on power loss,
; sterile single-use cartridge and barrier, eyes shielded,
; a trained operator present, air run made before treatment.
; feed hold does not stop the needle drive: wire the safety door
; dwell is rounded up to 50 ms. check with $C before the run
G21 G90 G94 G17 G40 G49 G54 G92.1
M5
G0 Z240
G0 X0 Y0
M3 S1000
G4 P1
G0 X-1.898 Y13.81 Z133.914
G1 X-1.898 Y13.81 Z128.414 F2400
G4 P0.05
G1 X-1.898 Y13.81 Z133.914 F3600
G0 X-9.896 Y13.47 Z133.434
G1 X-9.896 Y13.47 Z127.934 F2400
G4 P0.05
G1 X-9.896 Y13.47 Z133.434 F3600
G0 X-9.896 Y13.47 Z134.434
G0 X10.539 Y-25.629 Z131.628
G0 X10.539 Y-25.629 Z130.628
G1 X10.539 Y-25.629 Z125.128 F2400
G4 P0.05
G1 X10.539 Y-25.629 Z130.628 F3600
G0 X27.289 Y-7.553 Z130.43
G1 X27.289 Y-7.553 Z124.93 F2400
G4 P0.05
G1 X27.289 Y-7.553 Z130.43 F3600
G0 X27.289 Y-7.553 Z131.43
G0 X3.842 Y20.862 Z133.464
G0 X3.842 Y20.862 Z132.464
G1 X3.842 Y20.862 Z126.964 F2400
G4 P0.05
G1 X3.842 Y20.862 Z132.464 F3600
M5
G0 X0 Y0 Z240
M5
M2
