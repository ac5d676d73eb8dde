; tonsure dialect=grblhal machine=table-xyzac units=mm axes=XYZAC
; plan=0123456789abcdef session=1 setup=upright tool=1 run=treat
; depth=absolute counts from the scan as registered
; seed=42 dots=5 time_s=583.4
; case=five dots on a ball
; tip box mm X=-8.939:25.003 Y=-22.597:18.351 Z=126.932:300
; axis ranges X=-3.986:13.236 Y=-21.326:28.539 Z=126.057:300
; A=-10.237:13.758 C=-10.436:74.53
; set the controller to these speeds/accelerations per s: X=80/800
; Y=80/800 Z=60/800 A=15/60 C=20/80
; this is a plan, no medical device. the rig must guarantee:
; emergency stop and hold-to-run, force limit with retract,
; head rest with tracking, needle retracted on power loss,
; sterile single-use cartridge and barrier, eyes shielded,
; a trained operator present, air run made before treatment.
; set $1=255: times count on motors that hold while they stand
; feed hold does not stop the needle drive: wire the safety door
; dwell is rounded up to 50 ms. switch soft limits on, $20 and $40
; joint positions: no tool-centre-point option, $701 as it comes
G21 G90 G94 G17 G40 G49 G54 G92.1
M5
G0Z300
G0A0C0
G0X0Y0
M3 S1000
G4P1
G0X0Y-13.989Z144.182A-6.695C7.827
Z134.182
G1Z128.682F2400
G4P0.05
Z134.182F3600
M5
G0X0Y-13.989Z144.182A-6.695C7.827
Y0Z300A0C0
; stop: tool-change before dot 1
(MSG,put in the other tool, then resume)
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
; stop: cartridge before dot 1
(MSG,put in a new sterile needle cartridge, then resume)
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
M3 S1000
G4P1
G0X-3.55Y-5.068Z261.104A-2.01C9.076
X-3.986Y-9.048Z222.168A-4.02C18.152
X-2.382Y-12.794Z183.037A-6.03C27.228
X0Y-16.784Z143.82A-8.04C36.304
Z133.82
G1Z128.32F2400
G4P0.05
Z133.82F3600
M5
G0X0Y-16.784Z143.82A-8.04C36.304
X-2.382Y-12.794Z183.037A-6.03C27.228
X-3.986Y-9.048Z222.168A-4.02C18.152
X-3.55Y-5.068Z261.104A-2.01C9.076
X0Y0Z300A0C0
; stop: wipe before dot 2
(MSG,wipe the skin, then resume)
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
M3 S1000
G4P1
G0X4.19Y9.931Z247.925A4.485C7.451
X3.168Y18.915Z195.154A8.97C14.903
X0Y27.923Z141.706A13.456C22.354
Z131.706
G1Z126.206F2400
G4P0.05
Z131.706F3600
M5
G0X0Y27.923Z141.706A13.456C22.354
X3.168Y18.915Z195.154A8.97C14.903
X4.19Y9.931Z247.925A4.485C7.451
X0Y0Z300A0C0
; stop: reload before dot 3
(MSG,load fresh ink, then resume)
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
; stop: optional-pause before dot 3
(MSG,rest, then resume)
M1
G21 G90 G94 G17 G40 G49 G54 G92.1
M3 S1000
G4P1
G0X6.555Y7.793Z280.403A1.72C9.316
X10.992Y13.021Z260.692A3.44C18.632
X13.184Y16.443Z240.853A5.159C27.949
X13.236Y18.803Z221.112A6.879C37.265
X11.43Y20.754Z201.344A8.599C46.581
X8.227Y22.822Z181.571A10.319C55.897
X4.2Y25.362Z161.676A12.038C65.214
X0Y28.539Z141.557A13.758C74.53
Z131.557
G1Z126.057F2400
G4P0.05
Z131.557F3600
M5
G0X0Y28.539Z141.557A13.758C74.53
X4.2Y25.362Z161.676A12.038C65.214
X8.227Y22.822Z181.571A10.319C55.897
X11.43Y20.754Z201.344A8.599C46.581
X13.236Y18.803Z221.112A6.879C37.265
X13.184Y16.443Z240.853A5.159C27.949
X10.992Y13.021Z260.692A3.44C18.632
X6.555Y7.793Z280.403A1.72C9.316
X0Y0Z300A0C0
; stop: registration before dot 4
(MSG,check that the head lies as registered, then resume)
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
(MSG,patch 1 of 1)
M3 S1000
G4P1
G0X1.481Y-10.773Z221.993A-5.118C-5.218
X0Y-21.326Z143.09A-10.237C-10.436
Z133.09
G1Z127.59F2400
G4P0.05
Z133.09F3600
M5
G0X0Y-21.326Z143.09A-10.237C-10.436
X1.481Y-10.773Z221.993A-5.118C-5.218
X0Y0Z300A0C0
M5
M2
