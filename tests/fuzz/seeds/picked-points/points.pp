<!DOCTYPE PickedPoints>
<PickedPoints>
 <DocumentData>
  <DateTime date="2026-01-01" time="10:00:00"/>
 </DocumentData>
 <point x="-0.041" y="-66.221" z="103.646" active="1" name="0"/>
 <point x="34.727" y="-50.395" z="103.159" active="1" name="1"/>
 <point x="54.196" y="-58.21" z="77.885" active="1" name="2"/>
 <point x="63.549" y="-56.203" z="39.46" active="1" name="3"/>
 <point x="62.232" y="-33.607" z="4.146" active="1" name="4"/>
 <point x="65.872" y="-15.394" z="14.101" active="1" name="5"/>
 <point x="76.072" y="9.49" z="42.128" active="1" name="6"/>
 <point x="71.851" y="37.553" z="15.297" active="1" name="7"/>
 <point x="55.967" y="37.525" z="-26.158" active="1" name="8"/>
 <point x="37.037" y="61.717" z="-56.737" active="1" name="9"/>
 <point x="0.584" y="79.274" z="-62.959" active="1" name="10"/>
 <point x="-36.388" y="61.651" z="-58.351" active="1" name="11"/>
 <point x="-55.733" y="37.65" z="-27.662" active="1" name="12"/>
 <point x="-71.32" y="39.123" z="13.716" active="1" name="13"/>
 <point x="-77.322" y="12.236" z="40.94" active="1" name="14"/>
 <point x="-66.827" y="-16.513" z="16.45" active="1" name="15"/>
 <point x="-62.292" y="-32.609" z="4.233" active="1" name="16"/>
 <point x="-63.822" y="-56.241" z="39.061" active="1" name="17"/>
 <point x="-54.795" y="-59.801" z="77.437" active="1" name="18"/>
 <point x="-35.933" y="-50.303" z="103.554" active="1" name="19"/>
 <point x="1" y="2" z="130" active="1" name="vertex"/>
</PickedPoints>
