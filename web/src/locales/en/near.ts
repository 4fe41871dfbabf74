export const en = {
  near: { title: 'Near by', show: 'Look within {n} m', hide: 'Hide', none: 'No components and no other open cases within {n} m', cases: 'Open cases near by', components: '{n} components near by', metres: '{n} m', map: 'A map of what is near. All of it stands in the list below.' },
}
