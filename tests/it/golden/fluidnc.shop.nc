; tonsure dialect=fluidnc machine=fluidnc-xyzab units=mm axes=XYZAB
; own=shop
; plan=0123456789abcdef session=1 setup=upright tool=1 run=treat
; depth=absolute counts from the scan as registered
; seed=42 dots=5 time_s=586.9
; case=five dots on a ball
; tip box mm X=-32.583:87.692 Y=-82.572:68.193 Z=91.819:280
; axis ranges X=-62.794:161.088 Y=-152.072:129.501 Z=49.718:280
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
G0 A-8.546 B-1.135 X-5.96 Y43.8 Z231.64
G0 A-17.093 B-2.269 X-10.01 Y73.38 Z178.74
G0 A-25.639 B-3.404 X-12.17 Y88.55 Z124.49
G0 A-25.639 B-3.404 X-11.58 Y84.23 Z115.49
M64 P3 ; own dot=0
G01 X-11.251 Y81.852 Z110.54 F2400 H2
G04 P0.05
X-11.58Y84.23Z115.49F3600
M65 P3 ; own dot=0
M5
G0 A-25.639 B-3.404 X-12.17 Y88.55 Z124.49
G0 A-17.093 B-2.269 X-10.01 Y73.38 Z178.74
G0 A-8.546 B-1.135 X-5.96 Y43.8 Z231.64
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
G0 A-6.494 B-4.459 X-24.33 Y33.8 Z243.41
G0 A-12.988 B-8.919 X-42.93 Y59.54 Z202.44
G0 A-19.482 B-13.378 X-55.72 Y76.8 Z159.09
G0 A-25.976 B-17.837 X-62.79 Y85.47 Z115.43
G0 A-25.976 B-17.837 X-59.73 Y81.3 Z106.87
M64 P3 ; own dot=1
G01 X-58.047 Y79.011 Z102.167 F2400 H2
G04 P0.05
X-59.73Y81.3Z106.87F3600
M65 P3 ; own dot=1
M5
G0 A-25.976 B-17.837 X-62.79 Y85.47 Z115.43
G0 A-19.482 B-13.378 X-55.72 Y76.8 Z159.09
G0 A-12.988 B-8.919 X-42.93 Y59.54 Z202.44
G0 A-6.494 B-4.459 X-24.33 Y33.8 Z243.41
G0 A0 B0 X0 Y0 Z280
; stop: wipe before dot 2
(MSG,wipe the skin, then resume)
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
M3 S1000
G04 P1
G0 A8.527 B2.96 X17.94 Y-45.88 Z253.62
G0 A17.055 B5.92 X32.96 Y-84.23 Z220.77
G0 A25.582 B8.881 X44.88 Y-114.26 Z183.28
G0 A34.109 B11.841 X53.69 Y-135.53 Z143.05
G0 A42.637 B14.801 X59.5 Y-148.06 Z102.16
G0 A51.164 B17.761 X62.54 Y-152.07 Z62.43
G0 A51.164 B17.761 X59.49 Y-144.65 Z56.45
M64 P3 ; own dot=2
G01 X57.808 Y-140.574 Z53.17 F2400 H2
G04 P0.05
X59.49Y-144.65Z56.45F3600
M65 P3 ; own dot=2
M5
G0 A51.164 B17.761 X62.54 Y-152.07 Z62.43
G0 A42.637 B14.801 X59.5 Y-148.06 Z102.16
G0 A34.109 B11.841 X53.69 Y-135.53 Z143.05
G0 A25.582 B8.881 X44.88 Y-114.26 Z183.28
G0 A17.055 B5.92 X32.96 Y-84.23 Z220.77
G0 A8.527 B2.96 X17.94 Y-45.88 Z253.62
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
G0 A3.431 B8.632 X48.17 Y-15.09 Z253.41
G0 A6.862 B17.265 X88.4 Y-27.66 Z220.06
G0 A10.294 B25.897 X119.95 Y-37.19 Z181.78
G0 A13.725 B34.53 X142.5 Y-43.3 Z140.75
G0 A17.156 B43.162 X156.1 Y-45.79 Z99.06
G0 A20.587 B51.794 X161.09 Y-44.58 Z58.69
G0 A20.587 B51.794 X153.23 Y-42.41 Z52.9
M64 P3 ; own dot=3
G01 X148.908 Y-41.212 Z49.718 F2400 H2
G04 P0.05
X153.23Y-42.41Z52.9F3600
M65 P3 ; own dot=3
M5
G0 A20.587 B51.794 X161.09 Y-44.58 Z58.69
G0 A17.156 B43.162 X156.1 Y-45.79 Z99.06
G0 A13.725 B34.53 X142.5 Y-43.3 Z140.75
G0 A10.294 B25.897 X119.95 Y-37.19 Z181.78
G0 A6.862 B17.265 X88.4 Y-27.66 Z220.06
G0 A3.431 B8.632 X48.17 Y-15.09 Z253.41
G0 A0 B0 X0 Y0 Z280
; stop: registration before dot 4
(MSG,check that the head lies as registered, then resume)
M0
G21 G90 G94 G17 G40 G49 G54 G92.1
(MSG,patch 1 of 1)
M3 S1000
G04 P1
G0 A-9.874 B1.67 X9.4 Y52.33 Z241.58
G0 A-19.748 B3.341 X16.51 Y91.7 Z196.06
G0 A-29.622 B5.011 X21.3 Y117.43 Z146.82
G0 A-39.497 B6.682 X23.85 Y129.5 Z97.12
G0 A-39.497 B6.682 X22.69 Y123.18 Z89.45
M64 P3 ; own dot=4
G01 X22.049 Y119.709 Z85.237 F2400 H2
G04 P0.05
X22.69Y123.18Z89.45F3600
M65 P3 ; own dot=4
M5
G0 A-39.497 B6.682 X23.85 Y129.5 Z97.12
G0 A-29.622 B5.011 X21.3 Y117.43 Z146.82
G0 A-19.748 B3.341 X16.51 Y91.7 Z196.06
G0 A-9.874 B1.67 X9.4 Y52.33 Z241.58
G0 A0 B0 X0 Y0 Z280
; hook end begins
M9
; hook ends
M5
M2
