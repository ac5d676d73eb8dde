; tonsure dialect=fluidnc machine=fluidnc-xyzab units=mm axes=XYZAB
; own=shop
; plan=0123456789abcdef session=1 setup=upright tool=1 run=treat
; depth=absolute counts from the scan as registered
; seed=42 dots=5 time_s=586.2
; case=five dots on a ball
; tip box mm X=-30.82:82.002 Y=-77.168:64.49 Z=91.819:280
; axis ranges X=-59.731:153.23 Y=-144.654:123.184 Z=49.718:280
; A=-39.497:51.164 B=-17.837:51.794
; set the controller to these speeds/accelerations per s: X=80/800
; Y=80/800 Z=60/800 A=45/450 B=45/450
; this is a plan, no medical device. the rig must guarantee:
; emergency stop and hold-to-run, force limit with retract,
; head rest with tracking, needle retracted on power loss,
; sterile single-use cartridge and barrier, eyes shielded,
; a trained operator present, air run made before treatment.
; idle_ms: 255 in config.yaml: times count on motors that hold
; soft_limits: true for every axis in config.yaml
; feed hold does not stop the needle drive: wire the safety door
; joint positions: Cartesian kinematics, rotary axes in degrees
; hook start begins
(SHOP 1)
; hook ends
G21 G90 G94 G17 G40 G49 G54 G92.1
M5
G0Z280
G0A0B0
G0X0Y0
M3 S1000
G04 P1
G0 A-8.546 B-1.135 X-5.89 Y43.31 Z228.37
G0 A-17.093 B-2.269 X-9.74 Y71.44 Z172.41
G0 A-25.639 B-3.404 X-11.58 Y84.23 Z115.49
M64 P3 ; own dot=0
G01 X-11.251 Y81.852 Z110.54 F2400 H2
G04 P0.05
X-11.58Y84.23Z115.49F3600
M65 P3 ; own dot=0
M5
G0 A-17.093 B-2.269 X-9.74 Y71.44 Z172.41
G0 A-8.546 B-1.135 X-5.89 Y43.31 Z228.37
G0 A0 B0 X0 Y0 Z280
; stop: tool-change before dot 1
(MSG,put in the other tool, then resume)
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
; stop: cartridge before dot 1
(MSG,put in a new sterile needle cartridge, then resume)
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
M3 S1000
G04 P1
G0 A-6.494 B-4.459 X-24.12 Y33.53 Z240.93
G0 A-12.988 B-8.919 X-42.14 Y58.45 Z197.61
G0 A-19.482 B-13.378 X-53.96 Y74.4 Z152.2
G0 A-25.976 B-17.837 X-59.73 Y81.3 Z106.87
M64 P3 ; own dot=1
G01 X-58.047 Y79.011 Z102.167 F2400 H2
G04 P0.05
X-59.73Y81.3Z106.87F3600
M65 P3 ; own dot=1
M5
G0 A-19.482 B-13.378 X-53.96 Y74.4 Z152.2
G0 A-12.988 B-8.919 X-42.14 Y58.45 Z197.61
G0 A-6.494 B-4.459 X-24.12 Y33.53 Z240.93
G0 A0 B0 X0 Y0 Z280
; stop: wipe before dot 2
(MSG,wipe the skin, then resume)
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
M3 S1000
G04 P1
G0 A8.527 B2.96 X17.85 Y-45.65 Z252
G0 A17.055 B5.92 X32.57 Y-83.29 Z217.61
G0 A25.582 B8.881 X44.03 Y-112.18 Z178.8
G0 A34.109 B11.841 X52.22 Y-131.96 Z137.65
G0 A42.637 B14.801 X57.28 Y-142.66 Z96.21
G0 A51.164 B17.761 X59.49 Y-144.65 Z56.45
M64 P3 ; own dot=2
G01 X57.808 Y-140.574 Z53.17 F2400 H2
G04 P0.05
X59.49Y-144.65Z56.45F3600
M65 P3 ; own dot=2
M5
G0 A42.637 B14.801 X57.28 Y-142.66 Z96.21
G0 A34.109 B11.841 X52.22 Y-131.96 Z137.65
G0 A25.582 B8.881 X44.03 Y-112.18 Z178.8
G0 A17.055 B5.92 X32.57 Y-83.29 Z217.61
G0 A8.527 B2.96 X17.85 Y-45.65 Z252
G0 A0 B0 X0 Y0 Z280
; stop: reload before dot 3
(MSG,load fresh ink, then resume)
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
; stop: pause before dot 3
(MSG,rest, then resume)
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
M3 S1000
G04 P1
G0 A3.431 B8.632 X47.92 Y-15.03 Z251.8
G0 A6.862 B17.265 X87.4 Y-27.38 Z216.88
G0 A10.294 B25.897 X117.74 Y-36.57 Z177.34
G0 A13.725 B34.53 X138.68 Y-42.24 Z135.38
G0 A17.156 B43.162 X150.35 Y-44.19 Z93.2
G0 A20.587 B51.794 X153.23 Y-42.41 Z52.9
M64 P3 ; own dot=3
G01 X148.908 Y-41.212 Z49.718 F2400 H2
G04 P0.05
X153.23Y-42.41Z52.9F3600
M65 P3 ; own dot=3
M5
G0 A17.156 B43.162 X150.35 Y-44.19 Z93.2
G0 A13.725 B34.53 X138.68 Y-42.24 Z135.38
G0 A10.294 B25.897 X117.74 Y-36.57 Z177.34
G0 A6.862 B17.265 X87.4 Y-27.38 Z216.88
G0 A3.431 B8.632 X47.92 Y-15.03 Z251.8
G0 A0 B0 X0 Y0 Z280
; stop: registration before dot 4
(MSG,check that the head lies as registered, then resume)
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
(MSG,patch 1 of 1)
M3 S1000
G04 P1
G0 A-9.874 B1.67 X9.32 Y51.91 Z239.14
G0 A-19.748 B3.341 X16.2 Y90.03 Z191.37
G0 A-29.622 B5.011 X20.61 Y113.73 Z140.29
G0 A-39.497 B6.682 X22.69 Y123.18 Z89.45
M64 P3 ; own dot=4
G01 X22.049 Y119.709 Z85.237 F2400 H2
G04 P0.05
X22.69Y123.18Z89.45F3600
M65 P3 ; own dot=4
M5
G0 A-29.622 B5.011 X20.61 Y113.73 Z140.29
G0 A-19.748 B3.341 X16.2 Y90.03 Z191.37
G0 A-9.874 B1.67 X9.32 Y51.91 Z239.14
G0 A0 B0 X0 Y0 Z280
; hook end begins
M9
; hook ends
M5
M2
